//! ffmpeg as a contained child: it is assumed to be vulnerable, and the file to be hostile.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use domain::AudioFormat;

use super::{ChildLimits, Picture, Shape};

/// Decoders of sound that the child may use. No picture is ever decoded.
const DECODERS: &str = "aac,aac_latm,ac3,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,adpcm_swf,adpcm_yamaha,alac,amrnb,amrwb,\
libopencore_amrnb,libopencore_amrwb,ape,cook,dca,eac3,flac,g722,g726,g726le,g729,gsm,gsm_ms,mp1,mp1float,mp2,mp2float,\
mp3,mp3float,mp3adu,mp3adufloat,nellymoser,opus,libopus,pcm_alaw,pcm_bluray,pcm_dvd,pcm_f32be,pcm_f32le,pcm_f64be,\
pcm_f64le,pcm_mulaw,pcm_s16be,pcm_s16be_planar,pcm_s16le,pcm_s16le_planar,pcm_s24be,pcm_s24le,pcm_s24le_planar,\
pcm_s32be,pcm_s32le,pcm_s32le_planar,pcm_s8,pcm_s8_planar,pcm_u16be,pcm_u16le,pcm_u8,qcelp,qdm2,real_144,real_288,sipr,\
speex,libspeex,truehd,truespeech,vorbis,libvorbis,wavpack,wmalossless,wmapro,wmav1,wmav2,wmavoice";

/// An ffmpeg that runs on this machine, with as many walls around it as the machine offers.
#[derive(Debug, Clone)]
pub struct Ffmpeg {
    program: PathBuf,
    limits: ChildLimits,
    walls: Walls,
}

/// Helpers of util-linux that work here. They act before ffmpeg's first instruction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Walls {
    /// Its own network namespace, in which there is nothing.
    unshare: Option<PathBuf>,
    /// Limits without the gap between start and the parent's own call.
    prlimit: Option<PathBuf>,
    /// No new rights, none of root's, and death with its parent.
    setpriv: Option<PathBuf>,
}

impl Ffmpeg {
    /// The first that starts of: `configured`, `ffmpeg` on PATH, `packaged`. Starts a few short children to see which
    /// walls work, so it is called once and blocks for some tens of milliseconds. `None` where there is no ffmpeg.
    #[must_use]
    pub fn find(configured: Option<&Path>, packaged: Option<&Path>, limits: ChildLimits) -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let system = std::env::split_paths(&path).map(|dir| dir.join("ffmpeg")).find(|p| p.is_file());
        let candidates =
            configured.map(Path::to_owned).into_iter().chain(system).chain(packaged.map(Path::to_owned));
        candidates.filter_map(|p| p.canonicalize().ok()).find_map(|program| {
            let tool = |name: &str| {
                ["/usr/bin", "/bin"].iter().map(|d| Path::new(d).join(name)).find(|p| p.is_file())
            };
            let bare = Self { program, limits, walls: Walls::default() };
            if !bare.starts() {
                return None;
            }
            // each wall is tried on top of the ones that held
            let mut best = bare;
            for wall in [
                Walls { prlimit: tool("prlimit"), ..Walls::default() },
                Walls { setpriv: tool("setpriv"), ..Walls::default() },
                Walls { unshare: tool("unshare"), ..Walls::default() },
            ] {
                let walls = Walls {
                    unshare: wall.unshare.or_else(|| best.walls.unshare.clone()),
                    prlimit: wall.prlimit.or_else(|| best.walls.prlimit.clone()),
                    setpriv: wall.setpriv.or_else(|| best.walls.setpriv.clone()),
                };
                let tried = Self { walls, ..best.clone() };
                if tried.starts() {
                    best = tried;
                }
            }
            if best.walls.unshare.is_none() {
                tracing::warn!("the media decoder runs without a network namespace of its own");
            }
            Some(best)
        })
    }

    /// Where it lies.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Whether a child has no network at all on this machine.
    #[must_use]
    pub const fn is_without_network(&self) -> bool {
        self.walls.unshare.is_some()
    }

    pub(super) const fn limits(&self) -> &ChildLimits {
        &self.limits
    }

    fn starts(&self) -> bool {
        let mut command = self.command(Path::new("/"));
        command.arg("-version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// The child that writes the first sound track of `input` (an absolute path), demuxed as `demuxer` and nothing else,
    /// to its standard output, at most `limit` of it: bare 16-bit samples for speech, else as [`Carried`] reads it. What
    /// it says on its standard error is for [`said`].
    ///
    /// [`Carried`]: super::carried::Carried
    /// [`said`]: super::said
    pub(super) fn decode(
        &self,
        input: &Path,
        demuxer: &str,
        shape: Shape,
        limit: Duration,
        folder: &Path,
    ) -> Command {
        let mut url = OsString::from("file:");
        url.push(input);
        let mut command = self.command(folder);
        command
            .args(["-nostdin", "-hide_banner", "-nostats", "-v", "level+info", "-threads", "1"])
            .args(["-protocol_whitelist", "file,pipe", "-codec_whitelist", DECODERS, "-f", demuxer])
            .arg("-i")
            .arg(url)
            .args(["-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1"])
            .args(["-t", &limit.as_secs().saturating_add(1).to_string()])
            // sound that starts late or pauses keeps its place in time
            .args(["-af", "aresample=async=1:first_pts=0"])
            .args(match shape {
                Shape::Speech => &["-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le", "-f", "s16le"][..],
                Shape::Studio => &["-ar", "48000", "-c:a", "pcm_f32be", "-f", "au"],
                Shape::AsIs => &["-c:a", "pcm_f32be", "-f", "au"],
            })
            .arg("pipe:1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The child that writes the sound of the wave file `input` (an absolute path) in this format to its standard output.
    pub(super) fn encode(&self, input: &Path, format: AudioFormat, folder: &Path) -> Command {
        let mut url = OsString::from("file:");
        url.push(input);
        let mut command = self.command(folder);
        command
            .args(["-nostdin", "-hide_banner", "-nostats", "-v", "error", "-threads", "1"])
            .args(["-protocol_whitelist", "file,pipe", "-codec_whitelist", "pcm_s16le", "-f", "wav"])
            .arg("-i")
            .arg(url)
            // neither date nor name of a program: the same sound gives the same file
            .args(["-map", "0:a:0", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"])
            .args(match format {
                AudioFormat::Wav => &["-c:a", "pcm_s16le", "-f", "wav"][..],
                AudioFormat::Flac => &["-c:a", "flac", "-f", "flac"],
                // a constant rate: players know the length without a table, which a pipe has no room for
                AudioFormat::Mp3 => &["-c:a", "libmp3lame", "-b:a", "128k", "-write_xing", "0", "-f", "mp3"],
                AudioFormat::Opus => &["-c:a", "libopus", "-b:a", "64k", "-f", "ogg"],
            })
            .arg("pipe:1");
        command
    }

    /// The child that writes a video with the sound of the wave file `input` (an absolute path) to its standard output.
    pub(super) fn render(&self, input: &Path, picture: Picture, folder: &Path) -> Command {
        let mut url = OsString::from("file:");
        url.push(input);
        let kilobits = picture.kilobits;
        let mut command = self.command(folder);
        command
            .args(["-nostdin", "-hide_banner", "-nostats", "-v", "error", "-threads", "1"])
            .args(["-protocol_whitelist", "file,pipe", "-codec_whitelist", "pcm_s16le", "-f", "wav"])
            .arg("-i")
            .arg(url)
            .args(["-f", "lavfi", "-i"])
            .arg(picture.source())
            .args(["-map", "0:a:0", "-map", "1:v:0", "-shortest", "-map_metadata", "-1"])
            .args(["-fflags", "+bitexact", "-flags:a", "+bitexact", "-flags:v", "+bitexact"])
            .args(["-c:a", "aac", "-b:a", "96k", "-c:v", "mpeg4", "-pix_fmt", "yuv420p"])
            .args(["-b:v", &format!("{kilobits}k")])
            // a pipe has no way back: the index comes in pieces
            .args(["-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", "pipe:1"]);
        command
    }

    /// ffmpeg behind its walls: no shell, no environment, no input, its own process group.
    fn command(&self, folder: &Path) -> Command {
        let mut argv: Vec<OsString> = Vec::new();
        let words = |argv: &mut Vec<OsString>, tool: &Path, args: &[String]| {
            argv.push(tool.into());
            argv.extend(args.iter().map(OsString::from));
        };
        if let Some(tool) = &self.walls.unshare {
            words(&mut argv, tool, &["--map-root-user", "--net", "--"].map(String::from));
        }
        if let Some(tool) = &self.walls.prlimit {
            words(&mut argv, tool, &self.limits.each().map(|(_, name, most)| format!("--{name}={most}")));
        }
        if let Some(tool) = &self.walls.setpriv {
            let args = ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--pdeathsig=KILL", "--"];
            words(&mut argv, tool, &args.map(String::from));
        }
        argv.push(self.program.clone().into());
        let mut command = Command::new(argv.first().map_or(OsStr::new(""), OsString::as_os_str));
        command.args(&argv[1..]).env_clear().current_dir(folder).stdin(Stdio::null());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }
}
