//! Texts that are made: translations and summaries.

use std::fmt::Write as _;

use domain::{Language, TaskKind};
use inference::text::{
    sentences,
    words::{count, is_unspaced},
};
use scorer::metric::{chrf, rouge_l};
use tests::{Cluster, material::material};

pub(crate) async fn translation(cluster: &Cluster, report: &mut String) -> anyhow::Result<()> {
    writeln!(report, "### Translation: chrF against a person's translation, five sentences a direction\n")?;
    let material = material();
    let models = cluster.gateway.get("/api/v1/models").await?;
    let serves = |from: Language, to: Language| {
        models["models"].as_array().into_iter().flatten().any(|m| {
            m["directions"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|d| d["source"] == from.name() && d["target"] == to.name())
        })
    };
    let targets = Language::ALL.iter().filter(|to| Language::ALL.iter().any(|from| serves(*from, **to)));
    let targets: Vec<Language> = targets.copied().collect();
    let names: String = targets.iter().map(|to| format!(" to {to} |")).collect();
    writeln!(report, "| from |{names}\n| --- |{}", " --- |".repeat(targets.len()))?;
    for from in Language::ALL.iter().copied().filter(|from| targets.iter().any(|to| serves(*from, *to))) {
        let mut row = format!("| {from} |");
        for to in targets.iter().copied() {
            if !serves(from, to) {
                row.push_str(" |");
                continue;
            }
            let text = material.sentences[&from].join("\n");
            let fields =
                [("text", text.as_str()), ("source_language", from.name()), ("target_language", to.name())];
            let made = cluster.work(TaskKind::TextTranslation, &fields).await;
            let said = made["translation"].as_str().unwrap_or_default();
            let score = chrf(&material.sentences[&to].join(" "), said) * 100.0;
            println!("{from}-{to}: {score:.1}");
            write!(row, " {score:.1} |")?;
        }
        writeln!(report, "{row}")?;
    }
    writeln!(report)?;
    Ok(())
}

pub(crate) async fn summaries(cluster: &Cluster, report: &mut String) -> anyhow::Result<()> {
    writeln!(report, "### Summaries: ROUGE-L F1 against a person's summary\n")?;
    writeln!(
        report,
        "| text, 60 words | mode | summary | as many first sentences | first three |\n| --- | --- | --- | --- | --- |"
    )?;
    let mut sums = [0.0; 3];
    for (n, one) in material().summaries.iter().enumerate() {
        // a word is a character where no spaces are written
        let most = if is_unspaced(one.language) { 120 } else { 60 };
        let words = most.to_string();
        let fields =
            [("text", one.text.trim()), ("source_language", one.language.name()), ("max_words", &words)];
        let made = cluster.work(TaskKind::Summarization, &fields).await;
        let all: Vec<&str> = sentences(one.text.trim(), one.language).into_iter().map(|s| s.text).collect();
        let short = |n: &usize| count(&all[..*n].join(" "), one.language) <= most;
        let fitting = (0..=all.len()).take_while(short).last().unwrap_or_default();
        let (mode, said) =
            (made["mode"].as_str().unwrap_or("?"), made["summary"].as_str().unwrap_or_default());
        let score = |text: &str| rouge_l(&one.reference, text, one.language) * 100.0;
        let scores = [score(said), score(&all[..fitting].join(" ")), score(&all[..3].join(" "))];
        sums.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score);
        let [made, alike, three] = scores;
        writeln!(report, "| {} {} | {mode} | {made:.1} | {alike:.1} | {three:.1} |", one.language, n + 1)?;
    }
    let [made, alike, three] = sums.map(|sum| sum / material().summaries.len() as f64);
    writeln!(report, "| mean | | {made:.1} | {alike:.1} | {three:.1} |\n")?;
    Ok(())
}
