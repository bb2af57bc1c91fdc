//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

/// Speech and text work on a network of GPUs.
#[derive(Debug, Parser)]
#[command(name = "violet", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up everything and transcribe a real recording through the whole mesh
    Demo(Demo),
    /// Run the whole stack on this machine
    Up(Up),
    /// Say how the stack of a data folder is doing
    Status(DataDir),
    /// Print the log of the stack of a data folder
    Logs(Logs),
    /// Stop the stack of a data folder
    Down(DataDir),
    /// Send a file or a text to a gateway
    Submit(Submit),
    /// Look after the models in the cache
    Models(Models),
    /// Say what this machine has and what it lacks
    Doctor(DataDir),
}

/// Where a stack keeps its state.
#[derive(Debug, Clone, Args)]
pub struct DataDir {
    /// Folder of the stack's database, files, logs and keys [default: ~/.local/share/violet]
    #[arg(long, env = "VIOLET_DATA")]
    pub data_dir: Option<PathBuf>,
}

/// Options of `violet up`.
#[derive(Debug, Clone, Args)]
pub struct Up {
    /// Where the stack keeps its state
    #[command(flatten)]
    pub data: DataDir,
    /// Port of the HTTP interface on 127.0.0.1; 0 lets the system choose
    #[arg(long, default_value_t = 8000)]
    pub http_port: u16,
    /// Which models to serve: small, full or gpu
    #[arg(long, default_value = "small")]
    pub profile: String,
    /// Go on in the background; see `violet status`, `violet logs` and `violet down`
    #[arg(long)]
    pub detach: bool,
    /// Use this Triton server (gRPC, http://host:port) instead of starting one
    #[arg(long)]
    pub triton: Option<String>,
}

/// Options of `violet demo`.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// A recording of your own instead of the one that ships with Violet
    pub file: Option<PathBuf>,
}

/// Options of `violet logs`.
#[derive(Debug, Clone, Args)]
pub struct Logs {
    /// Which stack
    #[command(flatten)]
    pub data: DataDir,
    /// Go on printing what is added
    #[arg(short, long)]
    pub follow: bool,
    /// Lines from the end
    #[arg(short = 'n', long, default_value_t = 100)]
    pub lines: usize,
}

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

/// Where a running stack is reached, as it writes it down for the other commands.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// Its HTTP interface.
    pub http: SocketAddr,
}

fn field(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
