CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE absence (
	user_id TEXT NOT NULL,
	from_at TIMESTAMP WITH TIME ZONE NOT NULL,
	to_at TIMESTAMP WITH TIME ZONE NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	order_no TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_absence PRIMARY KEY (user_id, from_at, order_no)
);

COMMENT ON COLUMN absence.order_no IS 'the work order it is by; empty: a file';

CREATE TABLE account (
	user_id TEXT NOT NULL,
	display_name TEXT NOT NULL,
	unit_code TEXT NOT NULL,
	password_hash TEXT,
	failed_logins INTEGER DEFAULT '0' NOT NULL,
	locked_until TIMESTAMP WITH TIME ZONE,
	locale VARCHAR(5) DEFAULT 'zh' NOT NULL,
	active BOOLEAN DEFAULT 'true' NOT NULL,
	CONSTRAINT pk_account PRIMARY KEY (user_id)
);

CREATE TABLE attachment (
	id TEXT NOT NULL,
	order_id BIGINT NOT NULL,
	phase VARCHAR(12) DEFAULT 'before' NOT NULL,
	name TEXT NOT NULL,
	mime TEXT NOT NULL,
	size INTEGER NOT NULL,
	sm3 VARCHAR(64) NOT NULL,
	content BYTEA NOT NULL,
	lon FLOAT,
	lat FLOAT,
	shot_at TIMESTAMP WITH TIME ZONE,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	by TEXT NOT NULL,
	CONSTRAINT pk_attachment PRIMARY KEY (id)
);

COMMENT ON COLUMN attachment.id IS 'random, unguessable';

COMMENT ON COLUMN attachment.phase IS 'before | safe | after | verify';

CREATE INDEX ix_attachment_order ON attachment (order_id);

CREATE INDEX ix_attachment_sm3 ON attachment (sm3);

CREATE TABLE audit (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	actor TEXT NOT NULL,
	act TEXT NOT NULL,
	object TEXT NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	data JSONB DEFAULT '{}' NOT NULL,
	hash TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_audit PRIMARY KEY (id)
);

COMMENT ON COLUMN audit.hash IS 'SM3 of the hash before it and of this entry';

CREATE INDEX ix_audit_object ON audit (object, at);

CREATE TABLE calendar_day (
	date DATE NOT NULL,
	is_workday BOOLEAN NOT NULL,
	type TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_calendar_day PRIMARY KEY (date)
);

CREATE TABLE category (
	code TEXT NOT NULL,
	kind TEXT NOT NULL,
	class_name TEXT NOT NULL,
	name TEXT NOT NULL,
	level TEXT NOT NULL,
	data JSONB NOT NULL,
	CONSTRAINT pk_category PRIMARY KEY (code)
);

COMMENT ON COLUMN category.data IS 'every column of categories.csv';

CREATE TABLE change_log (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	act VARCHAR(16) NOT NULL,
	actor TEXT NOT NULL,
	order_no TEXT,
	deployment_id BIGINT NOT NULL,
	entry JSONB NOT NULL,
	signature VARCHAR(64) NOT NULL,
	CONSTRAINT pk_change_log PRIMARY KEY (id)
);

COMMENT ON COLUMN change_log.act IS 'load | publish | break_glass | rollback';

COMMENT ON COLUMN change_log.entry IS 'who, why, where, versions, digests, elements';

COMMENT ON COLUMN change_log.order_no IS 'the change it came with';

COMMENT ON COLUMN change_log.signature IS 'HMAC over the entry and the signature before it';

COMMENT ON TABLE change_log IS 'What was made live and taken back; each line is signed together with the one before';

CREATE INDEX ix_change_log_deployment ON change_log (deployment_id);

CREATE TABLE deployment (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	by TEXT NOT NULL,
	note TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_deployment PRIMARY KEY (id)
);

CREATE TABLE deputy (
	user_id TEXT NOT NULL,
	deputy TEXT NOT NULL,
	from_at TIMESTAMP WITH TIME ZONE NOT NULL,
	to_at TIMESTAMP WITH TIME ZONE NOT NULL,
	scope TEXT[] DEFAULT '{}' NOT NULL,
	order_no TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_deputy PRIMARY KEY (user_id, deputy, from_at, order_no)
);

COMMENT ON COLUMN deputy.order_no IS 'the work order it is by; empty: a file';

COMMENT ON COLUMN deputy.scope IS 'for these roles only; empty: all';

CREATE INDEX ix_deputy_deputy ON deputy (deputy, from_at);

CREATE TABLE division (
	code12 TEXT NOT NULL,
	name TEXT NOT NULL,
	level TEXT NOT NULL,
	parent_code12 TEXT,
	kind TEXT NOT NULL,
	lon FLOAT,
	lat FLOAT,
	unit_code TEXT,
	CONSTRAINT pk_division PRIMARY KEY (code12)
);

COMMENT ON COLUMN division.unit_code IS 'the town''s or village''s own unit';

CREATE TABLE draft_file (
	order_id BIGINT NOT NULL,
	path TEXT NOT NULL,
	order_no TEXT NOT NULL,
	kind VARCHAR(16) NOT NULL,
	key TEXT NOT NULL,
	base_version INTEGER NOT NULL,
	digest VARCHAR(64) NOT NULL,
	source BYTEA NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	by TEXT NOT NULL,
	CONSTRAINT pk_draft_file PRIMARY KEY (order_id, path)
);

COMMENT ON COLUMN draft_file.base_version IS 'the version it was made from; 0: it is new';

COMMENT ON COLUMN draft_file.digest IS 'SHA-256 of source';

COMMENT ON COLUMN draft_file.kind IS 'process | decision | form';

COMMENT ON COLUMN draft_file.path IS 'as below processes/, or forms/…';

COMMENT ON TABLE draft_file IS 'Files of a change that is being prepared; the change is a work order';

CREATE TABLE duty (
	duty_role TEXT NOT NULL,
	user_id TEXT NOT NULL,
	from_at TIMESTAMP WITH TIME ZONE NOT NULL,
	to_at TIMESTAMP WITH TIME ZONE NOT NULL,
	unit_code TEXT NOT NULL,
	shift TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_duty PRIMARY KEY (duty_role, user_id, from_at, unit_code)
);

CREATE INDEX ix_duty_time ON duty (from_at, to_at);

CREATE TABLE grid (
	grid_code15 TEXT NOT NULL,
	name TEXT NOT NULL,
	grid_type TEXT NOT NULL,
	village_code12 TEXT NOT NULL,
	town_code12 TEXT NOT NULL,
	lon FLOAT,
	lat FLOAT,
	full_time_worker_id TEXT,
	CONSTRAINT pk_grid PRIMARY KEY (grid_code15)
);

CREATE TABLE history (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	order_id BIGINT NOT NULL,
	kind TEXT NOT NULL,
	actor TEXT NOT NULL,
	element TEXT,
	data JSONB DEFAULT '{}' NOT NULL,
	CONSTRAINT pk_history PRIMARY KEY (id, at)
)
 PARTITION BY RANGE (at);

COMMENT ON COLUMN history.kind IS 'name of the event: TaskCompleted …';

CREATE INDEX ix_history_migrated ON history (id) WHERE kind = 'OrderMigrated';

CREATE INDEX ix_history_order ON history (order_id, id);

CREATE TABLE history_default PARTITION OF history DEFAULT;

CREATE TABLE inbound (
	source TEXT NOT NULL,
	business_key TEXT NOT NULL,
	message_type TEXT NOT NULL,
	sequence INTEGER NOT NULL,
	message_id TEXT NOT NULL,
	order_id BIGINT,
	result JSONB DEFAULT '{}' NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_inbound PRIMARY KEY (source, business_key, message_type, sequence)
);

COMMENT ON TABLE inbound IS 'Every message taken in, once; a repeat returns the first result';

CREATE TABLE job (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	order_id BIGINT NOT NULL,
	order_no TEXT NOT NULL,
	item INTEGER,
	element TEXT NOT NULL,
	kind VARCHAR(12) NOT NULL,
	topic TEXT NOT NULL,
	payload JSONB DEFAULT '{}' NOT NULL,
	idempotency_key TEXT NOT NULL,
	sequence INTEGER DEFAULT '1' NOT NULL,
	status VARCHAR(12) NOT NULL,
	attempts INTEGER DEFAULT '0' NOT NULL,
	result JSONB,
	error TEXT,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	next_at TIMESTAMP WITH TIME ZONE,
	closed_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_job PRIMARY KEY (id),
	CONSTRAINT uq_job_idempotency_key UNIQUE (idempotency_key)
);

COMMENT ON COLUMN job.item IS 'the waiting item; none for a message that nobody waits to see delivered';

COMMENT ON COLUMN job.kind IS 'service | message | signal';

CREATE INDEX ix_job_open ON job (status, next_at) WHERE status in ('due','incident');

CREATE INDEX ix_job_order ON job (order_id);

CREATE TABLE ledger_entry (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	order_id BIGINT NOT NULL,
	order_no TEXT NOT NULL,
	ledger TEXT NOT NULL,
	key TEXT DEFAULT '' NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	element TEXT NOT NULL,
	data JSONB DEFAULT '{}' NOT NULL,
	CONSTRAINT pk_ledger_entry PRIMARY KEY (id)
);

COMMENT ON COLUMN ledger_entry.key IS 'what the entry is about: a unit, a device …';

COMMENT ON COLUMN ledger_entry.ledger IS 'credit | precedent | device | handoff | …, as diagrams name them';

COMMENT ON TABLE ledger_entry IS '台账: what diagrams keep for later work orders; never changed';

CREATE INDEX ix_ledger_entry_key ON ledger_entry (ledger, key, at DESC);

CREATE INDEX ix_ledger_entry_order ON ledger_entry (order_id);

CREATE TABLE message_start (
	message TEXT NOT NULL,
	process_key TEXT NOT NULL,
	element TEXT NOT NULL,
	CONSTRAINT pk_message_start PRIMARY KEY (message)
);

COMMENT ON TABLE message_start IS 'Which process the newest deployment starts on a message';

CREATE TABLE nonce (
	app_key TEXT NOT NULL,
	nonce TEXT NOT NULL,
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_nonce PRIMARY KEY (app_key, nonce)
);

CREATE INDEX ix_nonce_seen ON nonce (seen_at);

CREATE TABLE notice (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	order_id BIGINT NOT NULL,
	order_no TEXT NOT NULL,
	element TEXT NOT NULL,
	role TEXT NOT NULL,
	unit TEXT NOT NULL,
	text TEXT NOT NULL,
	level TEXT DEFAULT 'info' NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	seen_by JSONB DEFAULT '{}' NOT NULL,
	CONSTRAINT pk_notice PRIMARY KEY (id)
);

CREATE INDEX ix_notice_order ON notice (order_id);

CREATE INDEX ix_notice_role ON notice (role, unit, at DESC);

CREATE TABLE number (
	prefix TEXT NOT NULL,
	last INTEGER NOT NULL,
	CONSTRAINT pk_number PRIMARY KEY (prefix)
);

COMMENT ON COLUMN number.prefix IS 'HJ2026091501: what the counter stands behind';

CREATE TABLE org_unit (
	unit_code TEXT NOT NULL,
	name TEXT NOT NULL,
	unit_type TEXT NOT NULL,
	tier TEXT NOT NULL,
	parent_unit TEXT,
	town_key TEXT,
	can_be_assigned BOOLEAN NOT NULL,
	duty_24h BOOLEAN NOT NULL,
	CONSTRAINT pk_org_unit PRIMARY KEY (unit_code)
);

CREATE TABLE part (
	code TEXT NOT NULL,
	category TEXT NOT NULL,
	name TEXT NOT NULL,
	owner TEXT NOT NULL,
	address TEXT DEFAULT '' NOT NULL,
	grid_code15 TEXT NOT NULL,
	lon FLOAT,
	lat FLOAT,
	mark TEXT DEFAULT '' NOT NULL,
	in_use BOOLEAN NOT NULL,
	CONSTRAINT pk_part PRIMARY KEY (code)
);

COMMENT ON COLUMN part.category IS 'the category of a case about it';

COMMENT ON COLUMN part.code IS '16 digits: district, class, kind, number';

COMMENT ON COLUMN part.mark IS 'what is written on it';

COMMENT ON COLUMN part.owner IS 'the unit that answers for it';

CREATE INDEX ix_part_place ON part (lat, lon);

CREATE TABLE place_name (
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	town_key TEXT NOT NULL,
	grid_code15 TEXT NOT NULL,
	lon FLOAT,
	lat FLOAT,
	CONSTRAINT pk_place_name PRIMARY KEY (name, grid_code15)
);

CREATE TABLE rating_link (
	digest VARCHAR(64) NOT NULL,
	order_id BIGINT NOT NULL,
	item INTEGER NOT NULL,
	issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_rating_link PRIMARY KEY (digest)
);

COMMENT ON COLUMN rating_link.digest IS 'SHA-256 of the one-time token';

CREATE INDEX ix_rating_link_order ON rating_link (order_id);

CREATE TABLE reference_list (
	name TEXT NOT NULL,
	digest VARCHAR(64) NOT NULL,
	rows JSONB NOT NULL,
	loaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_reference_list PRIMARY KEY (name)
);

COMMENT ON COLUMN reference_list.name IS 'file name without .csv';

COMMENT ON COLUMN reference_list.rows IS 'the whole file for small lists such as codes';

CREATE TABLE reporter (
	ref TEXT NOT NULL,
	order_id BIGINT NOT NULL,
	sealed BYTEA NOT NULL,
	confidential BOOLEAN DEFAULT 'false' NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_reporter PRIMARY KEY (ref)
);

COMMENT ON COLUMN reporter.ref IS 'the only trace of the person outside this vault';

COMMENT ON COLUMN reporter.sealed IS 'encrypted JSON: name, phone';

CREATE TABLE subscription (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	order_id BIGINT NOT NULL,
	item INTEGER NOT NULL,
	element TEXT NOT NULL,
	event INTEGER DEFAULT '0' NOT NULL,
	kind VARCHAR(8) NOT NULL,
	name TEXT NOT NULL,
	key TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_subscription PRIMARY KEY (id),
	CONSTRAINT uq_subscription_order_id_item_element_event UNIQUE (order_id, item, element, event)
);

COMMENT ON COLUMN subscription.kind IS 'message | signal';

CREATE INDEX ix_subscription_name ON subscription (name, key);

CREATE TABLE task_request (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	order_id BIGINT NOT NULL,
	order_no TEXT NOT NULL,
	task_id BIGINT NOT NULL,
	kind VARCHAR(12) NOT NULL,
	receiver TEXT NOT NULL,
	asked_by TEXT NOT NULL,
	text TEXT DEFAULT '' NOT NULL,
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
	status VARCHAR(12) NOT NULL,
	answer TEXT,
	answered_by TEXT,
	answered_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_task_request PRIMARY KEY (id)
);

COMMENT ON COLUMN task_request.kind IS 'delegation 委派 | opinion 加签 | copy 抄送';

COMMENT ON COLUMN task_request.receiver IS 'user:ID or role@unit';

COMMENT ON COLUMN task_request.status IS 'open | answered | withdrawn | sent';

COMMENT ON TABLE task_request IS 'What colleagues were asked or told about a task';

CREATE INDEX ix_task_request_open ON task_request (receiver) WHERE status = 'open';

CREATE INDEX ix_task_request_order ON task_request (order_id);

CREATE INDEX ix_task_request_task ON task_request (task_id);

CREATE TABLE timer (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	order_id BIGINT NOT NULL,
	timer INTEGER NOT NULL,
	element TEXT NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE NOT NULL,
	status VARCHAR(12) NOT NULL,
	CONSTRAINT pk_timer PRIMARY KEY (id),
	CONSTRAINT uq_timer_order_id_timer UNIQUE (order_id, timer)
);

COMMENT ON COLUMN timer.timer IS 'the token machine''s timer';

CREATE INDEX ix_timer_due ON timer (due_at) WHERE status = 'armed';

CREATE TABLE timer_start (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	process_key TEXT NOT NULL,
	element TEXT NOT NULL,
	expression TEXT NOT NULL,
	form VARCHAR(12),
	due_at TIMESTAMP WITH TIME ZONE,
	status VARCHAR(12) NOT NULL,
	problem TEXT,
	CONSTRAINT pk_timer_start PRIMARY KEY (id),
	CONSTRAINT uq_timer_start_process_key_element UNIQUE (process_key, element)
);

COMMENT ON COLUMN timer_start.due_at IS 'the next moment; none when there is none';

COMMENT ON COLUMN timer_start.expression IS 'as drawn: gives the next moment, seen from now';

COMMENT ON COLUMN timer_start.form IS 'date | duration | cycle';

COMMENT ON COLUMN timer_start.problem IS 'why the last moment could not start a work order';

COMMENT ON COLUMN timer_start.status IS 'armed | promoted | failed';

COMMENT ON TABLE timer_start IS 'Which processes the newest deployment starts by time, and when next';

CREATE INDEX ix_timer_start_due ON timer_start (due_at) WHERE status = 'armed';

CREATE TABLE user_task (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	order_id BIGINT NOT NULL,
	order_no TEXT NOT NULL,
	item INTEGER NOT NULL,
	element TEXT NOT NULL,
	definition TEXT NOT NULL,
	name TEXT DEFAULT '' NOT NULL,
	form_key TEXT,
	stage TEXT,
	candidates TEXT[] DEFAULT '{}' NOT NULL,
	not_by JSONB DEFAULT '[]' NOT NULL,
	stands_for JSONB DEFAULT '{}' NOT NULL,
	assignee TEXT,
	owner TEXT,
	status VARCHAR(12) NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	title TEXT DEFAULT '' NOT NULL,
	category_code TEXT,
	town_code TEXT,
	priority TEXT,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	warn_at TIMESTAMP WITH TIME ZONE,
	due_at TIMESTAMP WITH TIME ZONE,
	closed_at TIMESTAMP WITH TIME ZONE,
	completed_by TEXT,
	completed_unit TEXT,
	data JSONB,
	variables JSONB,
	loop INTEGER,
	CONSTRAINT pk_user_task PRIMARY KEY (id)
)
 WITH (fillfactor = 80);

COMMENT ON COLUMN user_task.candidates IS 'role@unit or user:ID, any of them';

COMMENT ON COLUMN user_task.item IS 'the token machine''s item';

COMMENT ON COLUMN user_task.loop IS 'the item of the outermost loop it is in';

COMMENT ON COLUMN user_task.not_by IS 'who must not do it: user:ID, unit:CODE, done:element';

COMMENT ON COLUMN user_task.owner IS 'while it is delegated: whom it comes back to';

COMMENT ON COLUMN user_task.stage IS '环节, the row of dmn_sla';

COMMENT ON COLUMN user_task.stands_for IS 'a duty desk or higher post among the candidates: the unit it works for';

COMMENT ON COLUMN user_task.variables IS 'with dataScope = local: the variables it saw when it opened';

CREATE INDEX ix_user_task_assignee ON user_task (assignee, due_at) WHERE status = 'claimed';

CREATE INDEX ix_user_task_candidates ON user_task USING gin (candidates) WHERE status in ('open', 'claimed');

CREATE INDEX ix_user_task_done_by ON user_task (completed_by, closed_at DESC) WHERE status = 'completed';

CREATE INDEX ix_user_task_due ON user_task (due_at) WHERE status in ('open', 'claimed');

CREATE UNIQUE INDEX uq_user_task_item ON user_task (order_id, item);

CREATE TABLE work_order (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	no TEXT NOT NULL,
	kind VARCHAR(24) NOT NULL,
	process_key TEXT NOT NULL,
	definition TEXT NOT NULL,
	status VARCHAR(12) NOT NULL,
	status_code SMALLINT DEFAULT '10' NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	state BYTEA,
	state_fmt SMALLINT DEFAULT '1' NOT NULL,
	document JSONB DEFAULT '{}' NOT NULL,
	clocks JSONB DEFAULT '{}' NOT NULL,
	case_no TEXT,
	source TEXT DEFAULT '' NOT NULL,
	title TEXT DEFAULT '' NOT NULL,
	category_code TEXT,
	town_code TEXT,
	village_code TEXT,
	lon FLOAT,
	lat FLOAT,
	address TEXT,
	said_mark BIGINT DEFAULT '0' NOT NULL,
	main_unit TEXT,
	secrecy TEXT,
	priority TEXT,
	marks TEXT[],
	started_by TEXT,
	reporter_mark TEXT,
	search TEXT DEFAULT '' NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	closed_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_work_order PRIMARY KEY (id),
	CONSTRAINT ck_work_order_version_positive CHECK (version > 0),
	CONSTRAINT uq_work_order_no UNIQUE (no)
)
 WITH (fillfactor = 60);

COMMENT ON COLUMN work_order.case_no IS 'for an appeal: the case it subscribes to';

COMMENT ON COLUMN work_order.clocks IS 'stage → when its clock started';

COMMENT ON COLUMN work_order.definition IS 'process key:version the case stays on';

COMMENT ON COLUMN work_order.kind IS 'appeal | case | …';

COMMENT ON COLUMN work_order.lon IS 'degrees, CGCS2000; as the document has it, null unless it is a number';

COMMENT ON COLUMN work_order.marks IS 'what lists show it by and filter by, such as 多跨';

COMMENT ON COLUMN work_order.reporter_mark IS 'keyed digest of the reporter''s telephone number';

COMMENT ON COLUMN work_order.said_mark IS 'the same while what it says is';

COMMENT ON COLUMN work_order.secrecy IS '密级, a row of secrecy_levels.csv or nothing special';

COMMENT ON COLUMN work_order.started_by IS 'who began it, where a person did';

CREATE INDEX ix_work_order_active ON work_order (kind, status_code) WHERE status = 'active';

CREATE INDEX ix_work_order_alike ON work_order (town_code, category_code) WHERE kind = 'case';

CREATE INDEX ix_work_order_case ON work_order (case_no) WHERE case_no IS NOT NULL;

CREATE INDEX ix_work_order_definition ON work_order (definition) WHERE status in ('active', 'suspended');

CREATE INDEX ix_work_order_marks ON work_order USING gin (marks) WHERE marks IS NOT NULL;

CREATE INDEX ix_work_order_near ON work_order (town_code, lon, lat) WHERE kind = 'case';

CREATE INDEX ix_work_order_opened ON work_order (kind, opened_at DESC);

CREATE INDEX ix_work_order_reporter ON work_order (reporter_mark) WHERE reporter_mark IS NOT NULL;

CREATE INDEX ix_work_order_search ON work_order USING gin (search gin_trgm_ops);

CREATE INDEX ix_work_order_starter ON work_order (started_by, opened_at DESC) WHERE started_by IS NOT NULL;

CREATE INDEX ix_work_order_town ON work_order (town_code, opened_at DESC);

CREATE INDEX ix_work_order_unit ON work_order (main_unit, opened_at DESC);

CREATE TABLE account_role (
	user_id TEXT NOT NULL,
	role TEXT NOT NULL,
	unit_code TEXT NOT NULL,
	CONSTRAINT pk_account_role PRIMARY KEY (user_id, role, unit_code),
	CONSTRAINT fk_account_role_user_id_account FOREIGN KEY(user_id) REFERENCES account (user_id) ON DELETE CASCADE
);

CREATE INDEX ix_account_role_role ON account_role (role, unit_code);

CREATE TABLE definition (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	kind VARCHAR(16) NOT NULL,
	key TEXT NOT NULL,
	version INTEGER NOT NULL,
	digest VARCHAR(64) NOT NULL,
	name TEXT DEFAULT '' NOT NULL,
	source BYTEA NOT NULL,
	deployment_id BIGINT NOT NULL,
	effect_at TIMESTAMP WITH TIME ZONE,
	towns TEXT[] DEFAULT '{}' NOT NULL,
	revoked_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_definition PRIMARY KEY (id),
	CONSTRAINT uq_definition_kind_key_version UNIQUE (kind, key, version),
	CONSTRAINT fk_definition_deployment_id_deployment FOREIGN KEY(deployment_id) REFERENCES deployment (id)
);

COMMENT ON COLUMN definition.digest IS 'SHA-256 of source';

COMMENT ON COLUMN definition.effect_at IS 'new work orders use it from then on; none: at once';

COMMENT ON COLUMN definition.kind IS 'process | decision | form';

COMMENT ON COLUMN definition.revoked_at IS 'rolled back: nothing new uses it any more';

COMMENT ON COLUMN definition.towns IS 'only in these towns; empty: everywhere';

CREATE INDEX ix_definition_deployment ON definition (deployment_id);

ALTER TABLE work_order ALTER COLUMN state SET STORAGE EXTERNAL;

ALTER TABLE attachment ALTER COLUMN content SET STORAGE EXTERNAL;

ALTER TABLE definition ALTER COLUMN source SET STORAGE EXTERNAL;

ALTER TABLE draft_file ALTER COLUMN source SET STORAGE EXTERNAL;
