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
        options -> Text, lane -> Text,
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
        facts -> Nullable<Text>,
    }
}

diesel::table! {
    idempotency_keys (key) { key -> Text, fingerprint -> Binary, task_id -> Text, expires_at -> BigInt, }
}

diesel::table! {
    nonces (hotkey, nonce) { hotkey -> Binary, nonce -> BigInt, expires_at -> BigInt, }
}

diesel::table! {
    ledger (stream, key) { stream -> Text, key -> Text, body -> Binary, }
}

diesel::table! {
    task_counts (state) { state -> Text, tasks -> BigInt, }
}

diesel::joinable!(miner_responses -> assignments (assignment_id));
diesel::allow_tables_to_appear_in_same_query!(assignments, miner_responses);
