//! The tables, as `migrations/` makes them. Only types that both SQLite and PostgreSQL have.

diesel::table! {
    files (id) {
        id -> Text, sha256 -> Binary, size -> BigInt, content_type -> Text, file_name -> Nullable<Text>,
        purpose -> Text, created_at -> BigInt, expires_at -> BigInt,
    }
}

diesel::table! {
    tasks (id) {
        id -> Text, kind -> Text, source -> Text, target -> Nullable<Text>, priority -> Text, wanted -> Integer,
        input -> Text, input_size -> BigInt, submitted_at -> BigInt, deadline -> BigInt, traceparent -> Nullable<Text>,
        state -> Text, percent -> Nullable<Integer>, ended_at -> Nullable<BigInt>, chosen -> Nullable<Text>,
        fail_reason -> Nullable<Text>, fail_detail -> Nullable<Text>, version -> BigInt,
        open_grants -> Integer, queue_rank -> BigInt, due_at -> Nullable<BigInt>, expires_at -> Nullable<BigInt>,
        options -> Text, lane -> Text, response_window -> BigInt, agreement -> Nullable<BigInt>,
    }
}

diesel::table! {
    assignments (id) {
        id -> Text, task_id -> Text, fence -> BigInt, miner -> Text, session -> BigInt, output -> Text,
        granted_at -> BigInt, expires_at -> BigInt, run_until -> BigInt, percent -> Nullable<Integer>,
        ended_at -> Nullable<BigInt>, end_name -> Nullable<Text>, fail_reason -> Nullable<Text>,
        fail_detail -> Nullable<Text>,
    }
}

diesel::table! {
    miner_responses (assignment_id) {
        assignment_id -> Text, file -> Text, sha256 -> Binary, size -> BigInt, model -> Text, model_version -> Text,
        facts -> Nullable<Text>, signer -> Nullable<Text>, input_sha256 -> Nullable<Binary>,
        signature -> Nullable<Binary>,
    }
}

diesel::table! {
    idempotency_keys (key) { key -> Text, fingerprint -> Binary, task_id -> Text, expires_at -> BigInt, }
}

diesel::table! {
    nonces (hotkey, nonce) { hotkey -> Binary, nonce -> BigInt, expires_at -> BigInt, }
}

diesel::table! {
    miner_records (miner, kind) {
        miner -> Text, kind -> Text, hotkey -> Nullable<Binary>, answered -> BigInt, failed -> BigInt, dropped -> BigInt,
        late -> BigInt, success -> BigInt, pace -> Nullable<BigInt>, agreement -> Nullable<BigInt>, last_seen -> BigInt,
    }
}

diesel::table! {
    ledger (stream, key) { stream -> Text, key -> Text, body -> Binary, }
}

diesel::table! {
    task_counts (state) { state -> Text, tasks -> BigInt, }
}

diesel::table! {
    counters (name) { name -> Text, value -> BigInt, }
}

diesel::table! {
    completions (place) { place -> BigInt, task_id -> Text, }
}

diesel::table! {
    evaluations (task_id, validator) {
        task_id -> Text, validator -> Text, uid -> Integer, stake -> BigInt, at -> BigInt, findings -> Text,
        counted -> Integer, units -> Nullable<BigInt>,
    }
}

diesel::table! {
    seen_tasks (task_id, validator) { task_id -> Text, validator -> Text, }
}

diesel::table! {
    final_results (place) { place -> BigInt, task_id -> Text, result -> Text, }
}

diesel::table! {
    validators (validator) {
        validator -> Text, uid -> Integer, stake -> BigInt, evaluations -> BigInt, trust -> Integer, last_at -> BigInt,
        line -> BigInt,
    }
}

diesel::table! {
    miner_scores (miner) {
        miner -> Text, uid -> Nullable<Integer>, hotkey -> Nullable<Text>, accuracy -> Integer, graded -> BigInt,
        missed -> BigInt,
    }
}

diesel::table! {
    miner_kind_scores (miner, kind) {
        miner -> Text, kind -> Text, accuracy -> Integer, graded -> BigInt, missed -> BigInt,
    }
}

diesel::table! {
    miner_reports (uid, validator) {
        uid -> Integer, validator -> Text, stake -> BigInt, hotkey -> Text, serving -> Integer, load -> Nullable<Integer>,
        performance -> Nullable<Integer>, epoch -> BigInt, at -> BigInt,
    }
}

diesel::table! {
    merged_reports (uid) {
        uid -> Integer, hotkey -> Text, serving -> Integer, load -> Nullable<Integer>, performance -> Nullable<Integer>,
        validators -> Integer, confidence -> Integer, eligible -> Integer, epoch -> BigInt, at -> BigInt,
    }
}

diesel::joinable!(miner_responses -> assignments (assignment_id));
diesel::allow_tables_to_appear_in_same_query!(assignments, miner_responses);
