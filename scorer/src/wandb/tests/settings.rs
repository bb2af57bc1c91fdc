use super::*;

fn read(section: &Wandb, env: &[(&str, &str)]) -> Result<Settings, BadWandb> {
    let env: BTreeMap<&str, &str> = env.iter().copied().collect();
    section.settings(|name| env.get(name).map(|v| (*v).to_owned()), Path::new("/data"))
}

fn mode(env: &[(&str, &str)]) -> (Mode, bool) {
    let settings = read(&Wandb::default(), env).unwrap();
    (settings.mode, settings.keyless)
}

fn key() -> Mode {
    Mode::Online(ApiKey::parse(KEY.to_owned()).unwrap())
}

#[test]
fn nothing_is_logged_unless_it_is_asked_for() {
    assert_eq!(mode(&[]), (Mode::Disabled, false));
    assert_eq!(
        mode(&[("WANDB_API_KEY", KEY)]),
        (Mode::Disabled, false),
        "a key may be there for something else"
    );
    assert_eq!(
        mode(&[("WANDB_MODE", "disabled"), ("WANDB_PROJECT", "p"), ("WANDB_API_KEY", KEY)]).0,
        Mode::Disabled
    );
    assert_eq!(mode(&[("WANDB_MODE", ""), ("WANDB_PROJECT", " ")]), (Mode::Disabled, false));
}

#[test]
fn a_mode_is_kept_to_and_a_run_without_key_is_kept_only() {
    assert_eq!(mode(&[("WANDB_MODE", "online"), ("WANDB_API_KEY", KEY)]), (key(), false));
    assert_eq!(mode(&[("WANDB_MODE", "online")]), (Mode::Offline, true));
    for offline in ["offline", "dryrun"] {
        assert_eq!(mode(&[("WANDB_MODE", offline), ("WANDB_API_KEY", KEY)]), (Mode::Offline, false));
    }
    assert_eq!(mode(&[("WANDB_PROJECT", "p"), ("WANDB_API_KEY", KEY)]), (key(), false));
    assert_eq!(mode(&[("WANDB_PROJECT", "p")]), (Mode::Offline, false));
    let refused = read(&Wandb::default(), &[("WANDB_MODE", "shared")]).unwrap_err();
    assert_eq!(refused, BadWandb::Mode("shared".to_owned()));
}

#[test]
fn a_variable_wins_over_the_setting_and_both_over_the_default() {
    let section = Wandb {
        mode: "offline".to_owned(),
        project: "mine".to_owned(),
        entity: "team".to_owned(),
        dir: "/runs".to_owned(),
        name: "one".to_owned(),
        base_url: "http://10.0.0.1:8080/".to_owned(),
    };
    let settings = read(&section, &[]).unwrap();
    assert_eq!((settings.project.as_str(), settings.entity.as_deref()), ("mine", Some("team")));
    assert_eq!((settings.dir.to_str().unwrap(), settings.name.as_deref()), ("/runs", Some("one")));
    assert_eq!(settings.base_url, "http://10.0.0.1:8080");
    let env = [
        ("WANDB_PROJECT", "theirs"),
        ("WANDB_ENTITY", "other"),
        ("WANDB_DIR", "/else"),
        ("WANDB_NAME", "two"),
        ("WANDB_BASE_URL", "https://wandb.example"),
        ("WANDB_MODE", "disabled"),
    ];
    let settings = read(&section, &env).unwrap();
    assert_eq!((settings.project.as_str(), settings.entity.as_deref()), ("theirs", Some("other")));
    assert_eq!((settings.dir.to_str().unwrap(), settings.name.as_deref()), ("/else", Some("two")));
    assert_eq!((settings.base_url.as_str(), settings.mode), ("https://wandb.example", Mode::Disabled));
    let bare = read(&Wandb::default(), &[("WANDB_MODE", "offline")]).unwrap();
    assert_eq!((bare.project.as_str(), bare.dir.to_str().unwrap()), ("violet", "/data"));
    assert_eq!((bare.base_url.as_str(), bare.entity, bare.name), ("https://api.wandb.ai", None, None));
}

#[test]
fn a_name_or_address_that_would_lead_elsewhere_is_refused() {
    for bad in ["a/b", "..", "a?b", "a#b", "a%2fb", "a:b", "a\\b", "a\nb"] {
        let refused = read(&Wandb::default(), &[("WANDB_PROJECT", bad)]);
        assert!(matches!(refused, Err(BadWandb::Name { field: "project", .. })), "{bad}");
        assert!(read(&Wandb::default(), &[("WANDB_ENTITY", bad)]).is_err(), "{bad}");
    }
    for bad in ["api.wandb.ai", "ftp://x", "https://", "https:///", "https://a b", "http://a?b"] {
        assert!(
            matches!(read(&Wandb::default(), &[("WANDB_BASE_URL", bad)]), Err(BadWandb::BaseUrl(_))),
            "{bad}"
        );
    }
}

#[test]
fn a_key_is_never_printed() {
    let bad = "short key with spaces";
    let refused = read(&Wandb::default(), &[("WANDB_API_KEY", bad)]).unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains(bad));
    let settings = read(&Wandb::default(), &[("WANDB_MODE", "online"), ("WANDB_API_KEY", KEY)]).unwrap();
    assert!(
        !format!("{settings:?} {:?}", Options::new(settings.clone(), ID.to_owned(), config())).contains(KEY)
    );
}
