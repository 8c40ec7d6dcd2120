-- Each index is written for every Accounting-Start, and the ones over `active` again for every Stop. One begins with `user` in any case.
DROP INDEX session_of_user {of session};
DROP INDEX session_active {of session};
DROP INDEX session_of_router {of session};
CREATE INDEX session_open ON session (active, router_id);
