-- What it takes to act on a session at its NAS. nas_user_name: NULL when it is `user`; source_address: NULL when it is nas_ip_address.
-- heard_at: when its last packet arrived, by our clock; last_accounting_packet may be the NAS's own, which is what it is.
-- interim_interval: about how far apart its Interim-Updates come, in milliseconds; 0 when none came.
ALTER TABLE session ADD COLUMN nas_user_name VARCHAR(253);
ALTER TABLE session ADD COLUMN source_address VARCHAR(64);
ALTER TABLE session ADD COLUMN heard_at BIGINT NOT NULL DEFAULT 0;
UPDATE session SET heard_at = last_accounting_packet;
ALTER TABLE session ADD COLUMN interim_interval BIGINT NOT NULL DEFAULT 0;
ALTER TABLE router ADD COLUMN vendor VARCHAR(190);

-- Counting a user's open sessions at each login must not depend on how many it once had.
CREATE INDEX session_open_of_user ON session (`user`, active);
