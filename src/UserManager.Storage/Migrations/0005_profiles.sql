-- What users buy, and what they have used of it. As in 0001: NULL is unset, words beside a number are -1, -2 …, see MenuColumn.cs.

-- reset_counters_interval: -1 disabled, -2 hourly, -3 daily, -4 weekly, -5 monthly, otherwise milliseconds.
CREATE TABLE limitation (
    id {key},
    name VARCHAR(255) NOT NULL UNIQUE,
    comment TEXT,
    download_limit BIGINT,
    upload_limit BIGINT,
    transfer_limit BIGINT,
    uptime_limit BIGINT,
    rate_limit_rx BIGINT,
    rate_limit_tx BIGINT,
    rate_limit_burst_rx BIGINT,
    rate_limit_burst_tx BIGINT,
    rate_limit_burst_threshold_rx BIGINT,
    rate_limit_burst_threshold_tx BIGINT,
    rate_limit_burst_time_rx BIGINT,
    rate_limit_burst_time_tx BIGINT,
    rate_limit_min_rx BIGINT,
    rate_limit_min_tx BIGINT,
    rate_limit_priority INTEGER,
    reset_counters_interval BIGINT,
    reset_counters_start_time BIGINT
);

-- validity: -1 unlimited. override_shared_users: -1 off, -2 unlimited.
CREATE TABLE profile (
    id {key},
    name VARCHAR(255) NOT NULL UNIQUE,
    comment TEXT,
    name_for_users TEXT,
    validity BIGINT,
    starts_when VARCHAR(12),
    price VARCHAR(40),
    override_shared_users BIGINT
);

-- weekdays: bit n is day n, Sunday first.
CREATE TABLE profile_limitation (
    id {key},
    profile BIGINT NOT NULL,
    limitation BIGINT NOT NULL,
    from_time INTEGER,
    till_time INTEGER,
    weekdays INTEGER,
    comment TEXT
);
CREATE INDEX profile_limitation_of_profile ON profile_limitation (profile);
CREATE INDEX profile_limitation_of_limitation ON profile_limitation (limitation);

-- end_time: -1 not yet running, -2 unlimited. Usage is of all time; uptime and times in milliseconds.
CREATE TABLE user_profile (
    id {key},
    `user` BIGINT NOT NULL,
    profile BIGINT NOT NULL,
    assigned BIGINT NOT NULL,
    started BIGINT,
    end_time BIGINT NOT NULL,
    activated BIGINT,
    used_up INTEGER NOT NULL DEFAULT 0,
    download BIGINT NOT NULL DEFAULT 0,
    upload BIGINT NOT NULL DEFAULT 0,
    uptime BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX user_profile_of_user ON user_profile (`user`);
CREATE INDEX user_profile_of_profile ON user_profile (profile);

-- What a user-profile had used when a limitation's period began: what counts is the usage less this. closed_…: what had counted when
-- the limitation stopped to apply; NULL while it applies. Written when a period begins and when a window opens or closes, not before.
CREATE TABLE counter (
    user_profile BIGINT NOT NULL,
    limitation BIGINT NOT NULL,
    period_start BIGINT NOT NULL,
    download BIGINT NOT NULL,
    upload BIGINT NOT NULL,
    uptime BIGINT NOT NULL,
    closed_download BIGINT,
    closed_upload BIGINT,
    closed_uptime BIGINT,
    PRIMARY KEY (user_profile, limitation)
);

-- user_profile: the one that its usage was last credited to. terms: what its NAS was last told, as a hash (Domain/ProfileRules.cs).
-- look_at: when these change though nothing happens.
ALTER TABLE session ADD COLUMN user_profile BIGINT;
ALTER TABLE session ADD COLUMN terms BIGINT;
ALTER TABLE session ADD COLUMN look_at BIGINT;
CREATE INDEX session_to_look_at ON session (look_at);

-- The last step whose one-time password was accepted, where each may be used once only.
ALTER TABLE user ADD COLUMN otp_step BIGINT;
ALTER TABLE settings ADD COLUMN otp_reuse INTEGER;

INSERT INTO id_row (menu, next) VALUES
    ('/user-manager/limitation', 1),
    ('/user-manager/profile', 1),
    ('/user-manager/profile-limitation', 1),
    ('/user-manager/user-profile', 1);
