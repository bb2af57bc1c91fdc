//! The forms of submits; documentation only, a form is read part by part. One field per name of the table in
//! `submit/intake.rs`; a test compares the two.

use utoipa::ToSchema;

macro_rules! form {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident,)+ }) => {
        $(#[$meta])*
        #[derive(ToSchema)]
        #[allow(dead_code, reason = "its fields are only described, forms are read part by part")]
        pub(crate) struct $name {
            $($(#[$field_meta])* $field: String,)+
            /// Language of the input; `auto` detects it.
            #[schema(value_type = Option<String>, default = "auto", example = "en")]
            source_language: String,
            /// `low`, `normal`, `high` or `urgent`.
            #[schema(value_type = Option<String>, default = "normal")]
            priority: String,
            /// Miners asked to do it, 1 to 10.
            #[schema(value_type = Option<u8>, default = 1, minimum = 1, maximum = 10)]
            required_miner_count: String,
        }
    };
}

form! {
    /// A recording to transcribe.
    TranscriptionForm {
        /// The recording, in any common audio format.
        #[schema(value_type = String, format = Binary)]
        audio_file,
        /// One of the models that this deployment names.
        #[schema(value_type = Option<String>)]
        model_id,
    }
}

form! {
    /// A video to transcribe.
    VideoForm {
        /// The video, in any common container.
        #[schema(value_type = String, format = Binary)]
        video_file,
    }
}

form! {
    /// A text to speak.
    TtsForm {
        /// At least one character that is no white space.
        text,
        /// A voice; `GET /api/v1/models` names them.
        #[schema(value_type = Option<String>)]
        voice,
        /// 0.25 to 4.
        #[schema(value_type = Option<f64>, default = 1.0, minimum = 0.25, maximum = 4.0)]
        speed,
        /// `wav`, `mp3`, `opus` or `flac`.
        #[schema(value_type = Option<String>, default = "wav")]
        format,
    }
}

form! {
    /// A text or a document to sum up; exactly one of the two.
    SummarizationForm {
        /// The text.
        #[schema(value_type = Option<String>)]
        text,
        /// The document: txt, md, html, srt, vtt, docx or pdf.
        #[schema(value_type = Option<String>, format = Binary)]
        document_file,
        /// Most words of the summary; in Japanese and Chinese, characters.
        #[schema(value_type = Option<u32>, minimum = 10, maximum = 2000)]
        max_words,
        /// `extractive` or `abstractive`.
        #[schema(value_type = Option<String>)]
        mode,
    }
}

form! {
    /// A text to translate.
    TextTranslationForm {
        /// The text.
        text,
        /// Another language than that of the text.
        #[schema(example = "pt")]
        target_language,
    }
}

form! {
    /// A document to translate.
    DocumentTranslationForm {
        /// The document: txt, md, html, srt, vtt, docx or pdf, told by the ending of its name.
        #[schema(value_type = String, format = Binary)]
        document_file,
        /// Another language than that of the document.
        #[schema(example = "pt")]
        target_language,
    }
}

form! {
    /// A recording to clean.
    EnhancementForm {
        /// The recording, in any common audio format.
        #[schema(value_type = String, format = Binary)]
        audio_file,
        /// `wav`, `mp3`, `opus` or `flac`.
        #[schema(value_type = Option<String>, default = "wav")]
        format,
    }
}

form! {
    /// A recording to measure.
    AnalysisForm {
        /// The recording, in any common audio format.
        #[schema(value_type = String, format = Binary)]
        audio_file,
    }
}
