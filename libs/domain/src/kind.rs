//! The eight kinds of work.

crate::named! {
    /// What a task asks for.
    "task kind" pub enum TaskKind {
        /// Speech in an audio file becomes text with timestamps.
        Transcription = "transcription",
        /// The same, for the sound track of a video.
        VideoTranscription = "video-transcription",
        /// Text becomes speech.
        Tts = "tts",
        /// A long text or document becomes a short one.
        Summarization = "summarization",
        /// Text in one language becomes text in another.
        TextTranslation = "text-translation",
        /// A document in one language becomes the same document in another.
        DocumentTranslation = "document-translation",
        /// Noise is taken out of speech.
        AudioEnhancement = "audio-enhancement",
        /// Facts measured in an audio file.
        AudioAnalysis = "audio-analysis",
    }
}
