//! The commands around work and models.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::DataDir;

/// Options of `violet submit`.
#[derive(Debug, Clone, Args)]
pub struct Submit {
    /// The file
    #[arg(required_unless_present = "text", conflicts_with = "text")]
    pub file: Option<PathBuf>,
    /// A text instead of a file: tts, summarization, text-translation
    #[arg(long)]
    pub text: Option<String>,
    /// The kind of work: transcription, video-transcription, tts, summarization, text-translation,
    /// document-translation, audio-enhancement or audio-analysis
    #[arg(long, default_value = "transcription")]
    pub kind: domain::TaskKind,
    /// Language of the input: a tag, or auto
    #[arg(long, default_value = "auto")]
    pub language: String,
    /// Language of the output, for translations
    #[arg(long)]
    pub target: Option<String>,
    /// Further fields of the form, such as voice=af_heart, speed=1.2, format=mp3, max_words=80
    #[arg(long = "field", value_name = "NAME=VALUE", value_parser = field)]
    pub fields: Vec<(String, String)>,
    /// low, normal, high or urgent
    #[arg(long, default_value = "normal")]
    pub priority: String,
    /// Wait for the end, show progress, print the result
    #[arg(long)]
    pub watch: bool,
    /// Form of a transcript: json, text, srt, vtt or verbose_json
    #[arg(long, default_value = "text")]
    pub format: String,
    /// With --watch: write the sound or the document that was made to this file
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// The gateway [default: the stack of the data folder, else 127.0.0.1:8000]
    #[arg(long, env = "VIOLET_GATEWAY")]
    pub gateway: Option<String>,
    /// Which stack, when no gateway is given
    #[command(flatten)]
    pub data: DataDir,
}

/// Options of `violet verify`.
#[derive(Debug, Clone, Args)]
pub struct Verify {
    /// The receipt: GET /api/v1/tasks/{id}/receipt
    pub file: PathBuf,
    /// The hotkey of the scheduler that you trust
    #[arg(long)]
    pub scheduler: Option<String>,
}

/// Options of `violet replay`.
#[derive(Debug, Clone, Args)]
pub struct Replay {
    /// The number of the round [default: the last one]
    #[arg(conflicts_with = "records")]
    pub round: Option<u64>,
    /// A file of records, instead of a ledger
    #[arg(long)]
    pub records: Option<PathBuf>,
    /// With --records: the outcome to compare with
    #[arg(long, requires = "records")]
    pub outcome: Option<PathBuf>,
    /// The storage-svc with the validator's ledger, http://host:port [default: that of the running stack]
    #[arg(long, value_name = "URL", conflicts_with = "records")]
    pub ledger: Option<String>,
    /// Which validator of the running stack, from 1
    #[arg(long, default_value_t = 1)]
    pub validator: u8,
    /// Write records and outcome into this folder, for others to replay
    #[arg(long)]
    pub save: Option<PathBuf>,
    /// Which stack
    #[command(flatten)]
    pub data: DataDir,
}

/// Options of `violet models`.
#[derive(Debug, Clone, Args)]
pub struct Models {
    /// What to do with them.
    #[command(subcommand)]
    pub command: ModelsCommand,
}

/// What can be done with models.
#[derive(Debug, Clone, Subcommand)]
pub enum ModelsCommand {
    /// What is pinned, and what the cache holds of it
    List {
        /// Only what this profile needs: small, full or gpu
        #[arg(long)]
        profile: Option<String>,
    },
    /// Fetch what a profile needs
    Fetch {
        /// Which profile: small, full or gpu
        #[arg(long, default_value = "small")]
        profile: String,
    },
    /// Hash every file of the cache again
    Verify {
        /// Only what this profile needs: small, full or gpu
        #[arg(long)]
        profile: Option<String>,
    },
    /// Print the folder of a model, or of every model
    Path {
        /// Its id
        id: Option<String>,
        /// Without an id: only the models of this profile
        #[arg(long)]
        profile: Option<String>,
    },
}

fn field(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
