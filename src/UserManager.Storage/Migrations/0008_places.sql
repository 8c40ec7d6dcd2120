-- What the logins of a user hold (shared-users): one row a user, at which the logins of one user meet, whatever the node. held: JSON of HeldPlace,
-- its times in milliseconds by the database's clock; no row when nothing is held. Empty where one node has the database for itself.
CREATE TABLE place (
    `user` {octets} NOT NULL PRIMARY KEY,
    held TEXT NOT NULL,
    until BIGINT NOT NULL
);
