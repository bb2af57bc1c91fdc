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
    /// Send a file to a gateway
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
    /// Which models to serve
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
    pub file: PathBuf,
    /// The kind of work
    #[arg(long, default_value = "transcription")]
    pub kind: String,
    /// Language of the input: a tag, or auto
    #[arg(long, default_value = "auto")]
    pub language: String,
    /// low, normal, high or urgent
    #[arg(long, default_value = "normal")]
    pub priority: String,
    /// Wait for the end, show progress, print the result
    #[arg(long)]
    pub watch: bool,
    /// Form of the result: json, text, srt, vtt or verbose_json
    #[arg(long, default_value = "text")]
    pub format: String,
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
    List,
    /// Fetch what a profile needs
    Fetch {
        /// Which profile
        #[arg(long, default_value = "small")]
        profile: String,
    },
    /// Hash every file of the cache again
    Verify,
    /// Print the folder of a model
    Path {
        /// Its id
        id: String,
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
