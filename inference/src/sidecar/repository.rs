//! The models that ship with this program: one binary holds them, so that it can run outside its checkout.

use std::{fs, io, path::Path};

macro_rules! models {
    ($($path:literal),+ $(,)?) => {
        /// Path inside the repository and text of every file.
        pub const FILES: &[(&str, &str)] = &[$(($path, include_str!(concat!("../../../triton-models/", $path)))),+];
    };
}

models! {
    "asr_whisper/config.pbtxt",
    "asr_whisper/configs/gpu.pbtxt",
    "asr_whisper/1/mel.py",
    "asr_whisper/1/model.py",
    "asr_whisper/1/whisper.py",
    "asr_whisper/1/words.py",
    "echo/config.pbtxt",
    "echo/1/model.py",
    "enhance_dfn3/config.pbtxt",
    "enhance_dfn3/1/model.py",
    "llm_qwen/config.pbtxt",
    "llm_qwen/configs/gpu.pbtxt",
    "llm_qwen/1/facts.py",
    "llm_qwen/1/model.py",
    "llm_qwen/1/prompts.py",
    "llm_qwen/1/qwen.py",
    "llm_qwen/1/script.py",
    "llm_qwen/1/words.py",
    "mt_fast/config.pbtxt",
    "mt_fast/1/direction.py",
    "mt_fast/1/facts.py",
    "mt_fast/1/model.py",
    "summary_extract/config.pbtxt",
    "summary_extract/1/model.py",
    "summary_extract/1/ranking.py",
    "summary_extract/1/words.py",
    "tts_hibari/config.pbtxt",
    "tts_hibari/1/english.py",
    "tts_hibari/1/letters.py",
    "tts_hibari/1/model.py",
    "tts_hibari/1/sound.py",
    "tts_hibari/1/voice.py",
    "tts_kokoro/config.pbtxt",
    "tts_kokoro/1/chinese.py",
    "tts_kokoro/1/english.py",
    "tts_kokoro/1/espeak.py",
    "tts_kokoro/1/european.py",
    "tts_kokoro/1/japanese.py",
    "tts_kokoro/1/kokoro.py",
    "tts_kokoro/1/korean.py",
    "tts_kokoro/1/letters.py",
    "tts_kokoro/1/model.py",
    "tts_kokoro/1/reading.py",
    "tts_kokoro/1/sound.py",
    "tts_kokoro/1/words.py",
    "tts_rhvoice/config.pbtxt",
    "tts_rhvoice/1/letters.py",
    "tts_rhvoice/1/model.py",
    "tts_rhvoice/1/reading.py",
    "tts_rhvoice/1/rhvoice.py",
    "tts_rhvoice/1/sound.py",
    "tts_rhvoice/1/voice.py",
    "tts_rhvoice/1/words.py",
    "vad_silero/config.pbtxt",
    "vad_silero/1/model.py",
}

/// Writes the repository to `to`, which holds nothing else afterwards.
///
/// # Errors
/// What the file system says.
pub fn write(to: &Path) -> io::Result<()> {
    match fs::remove_dir_all(to) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    for (path, text) in FILES {
        let file = to.join(path);
        fs::create_dir_all(file.parent().unwrap_or(to))?;
        fs::write(file, text)?;
    }
    Ok(())
}

/// Text of the configuration that a profile chooses: `configs/PROFILE.pbtxt`, or else `config.pbtxt`, as the server does.
#[must_use]
pub fn config(model: &str, profile: &str) -> Option<&'static str> {
    let text = |path: String| FILES.iter().find(|(p, _)| *p == path).map(|(_, text)| *text);
    text(format!("{model}/configs/{profile}.pbtxt")).or_else(|| text(format!("{model}/config.pbtxt")))
}

/// How many requests of a model may be with the server at once: what its instances execute, and one more batch
/// that waits so that they never idle. The server's own queue has no limit, so this is the only one.
#[must_use]
pub fn in_flight(model: &str, profile: &str) -> usize {
    let config = config(model, profile).unwrap_or_default();
    let batch = number_after(config, "max_batch_size:").max(1);
    let instances = number_after(config, "count:").max(1);
    instances * batch + batch
}

/// The number behind the first `key` outside comments; 0 without one.
fn number_after(config: &str, key: &str) -> usize {
    let line = config.lines().filter(|l| !l.starts_with('#')).find_map(|l| l.split_once(key));
    let digits =
        line.map(|(_, rest)| rest.trim_start().chars().take_while(char::is_ascii_digit).collect::<String>());
    digits.and_then(|d| d.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::PathBuf};

    use super::*;

    fn lines(path: &str) -> Vec<&'static str> {
        let (_, text) = FILES.iter().find(|(p, _)| *p == path).unwrap();
        text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).collect()
    }

    #[test]
    fn every_file_of_the_repository_is_embedded() {
        fn walk(at: &Path, found: &mut BTreeSet<PathBuf>) {
            for entry in fs::read_dir(at).unwrap().map(Result::unwrap) {
                match entry.file_name().to_str().unwrap() {
                    // programs of ours that no server runs
                    "__pycache__" | "tools" => {}
                    _ if entry.path().is_dir() => walk(&entry.path(), found),
                    name if name.ends_with(".py") || name.ends_with(".pbtxt") => {
                        found.insert(entry.path());
                    }
                    _ => {}
                }
            }
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../triton-models");
        let mut found = BTreeSet::new();
        walk(&root, &mut found);
        assert_eq!(found, FILES.iter().map(|(p, _)| root.join(p)).collect());
    }

    #[test]
    fn a_written_repository_holds_these_files_and_nothing_older() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("models");
        fs::create_dir_all(to.join("gone/1")).unwrap();
        write(&to).unwrap();
        assert!(!to.join("gone").exists());
        for (path, text) in FILES {
            assert_eq!(fs::read_to_string(to.join(path)).unwrap(), *text, "{path}");
        }
    }

    #[test]
    fn the_gpu_profile_differs_in_device_precision_instance_kind_and_batch_only() {
        let (cpu, gpu) = (lines("asr_whisper/config.pbtxt"), lines("asr_whisper/configs/gpu.pbtxt"));
        assert_eq!(cpu.len(), gpu.len());
        let differing: Vec<_> = cpu.iter().zip(&gpu).filter(|(a, b)| a != b).map(|(a, b)| (*a, *b)).collect();
        let parameter = |key: &str, value: &str| {
            format!("parameters: {{ key: \"{key}\" value: {{ string_value: \"{value}\" }} }}")
        };
        let wanted = [
            ("max_batch_size: 2".to_owned(), "max_batch_size: 16".to_owned()),
            (
                "instance_group [ { kind: KIND_CPU count: 1 } ]".to_owned(),
                "instance_group [ { kind: KIND_GPU count: 1 } ]".to_owned(),
            ),
            (parameter("device", "cpu"), parameter("device", "cuda")),
            (parameter("compute_type", "int8"), parameter("compute_type", "float16")),
        ];
        assert_eq!(differing, wanted.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect::<Vec<_>>());
    }

    #[test]
    fn the_language_model_on_a_gpu_differs_in_device_precision_instance_kind_and_batch_only() {
        let (cpu, gpu) = (lines("llm_qwen/config.pbtxt"), lines("llm_qwen/configs/gpu.pbtxt"));
        assert_eq!(cpu.len(), gpu.len());
        let differing: Vec<_> = cpu.iter().zip(&gpu).filter(|(a, b)| a != b).map(|(a, b)| (*a, *b)).collect();
        let changed = |a: &str, from: &str, to: &str| a.replace(from, to);
        let wanted: Vec<String> = differing
            .iter()
            .map(|(a, _)| {
                let a = changed(a, "KIND_CPU", "KIND_GPU");
                changed(
                    &changed(&changed(&a, "\"cpu\"", "\"cuda\""), "\"int8\"", "\"float16\""),
                    "\"16\"",
                    "\"32\"",
                )
            })
            .collect();
        assert_eq!(differing.len(), 4);
        assert_eq!(differing.iter().map(|(_, b)| (*b).to_owned()).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn what_two_models_share_is_the_same_in_both() {
        // the server gives each model a folder of its own, and no way to reach another's
        let text = |path: &str| FILES.iter().find(|(p, _)| *p == path).unwrap().1;
        assert_eq!(text("mt_fast/1/facts.py"), text("llm_qwen/1/facts.py"));
        assert_eq!(text("summary_extract/1/words.py"), text("llm_qwen/1/words.py"));
    }

    #[test]
    fn no_model_has_a_queue_policy() {
        // any of these makes the server's batcher stall for 500 ms
        for (path, text) in FILES.iter().filter(|(p, _)| p.ends_with(".pbtxt")) {
            let config: String = text.lines().filter(|l| !l.starts_with('#')).collect();
            for word in ["queue_policy", "max_queue_size", "timeout", "priority"] {
                assert!(!config.contains(word), "{path} says {word}");
            }
        }
    }

    #[test]
    fn the_limit_in_flight_follows_the_configuration() {
        assert_eq!(in_flight("asr_whisper", "cpu"), 4);
        assert_eq!(in_flight("asr_whisper", "gpu"), 32);
        assert_eq!(in_flight("vad_silero", "cpu"), 2);
    }
}
