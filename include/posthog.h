/* posthog.h - PostHog for C and for everything that can call C.
 *
 * libposthog captures events, identifies people and groups, and evaluates feature flags, with the
 * queue, the retries and the flag evaluation inside. JSON goes in, JSON comes out. This header is
 * the whole API: what is not in it is not exported.
 *
 * A COMPLETE PROGRAM
 *
 *   #include <posthog.h>
 *   #include <stdio.h>
 *
 *   int main(void)
 *   {
 *       uint32_t client;
 *       char *reply;
 *       int32_t status = posthog_open("{\"api_key\":\"phc_your_project_key\"}", POSTHOG_NTS,
 *                                     &client, &reply);
 *       if (status != POSTHOG_OK) {
 *           fprintf(stderr, "%s\n", reply ? reply : posthog_status_name(status));
 *           posthog_free(reply);
 *           return 1;
 *       }
 *       posthog_free(reply);
 *
 *       posthog_capture(client, "{\"distinct_id\":\"user-1\",\"event\":\"signed up\"}",
 *                       POSTHOG_NTS, NULL);
 *
 *       posthog_get_flag(client, "{\"key\":\"new-checkout\",\"distinct_id\":\"user-1\"}",
 *                        POSTHOG_NTS, &reply);
 *       if (reply != NULL)
 *           puts(reply);
 *       posthog_free(reply);
 *
 *       return posthog_shutdown(client, "{\"timeout_ms\":5000}", POSTHOG_NTS, NULL) != POSTHOG_OK;
 *   }
 *
 *   cc hello.c $(pkg-config --cflags --libs libposthog)
 *
 * THE RULES
 *
 * Calls.     Every operation but flag_value has the same signature. `json` is a JSON object in
 *            UTF-8 of `len` bytes, or NUL-terminated where len is POSTHOG_NTS; NULL, length 0 and
 *            null read as {}. Members that an operation does not know are ignored, a member that
 *            is null counts as absent, and of equal names the last wins. Numbers go through with
 *            the digits they were written with. INVALID_JSON are broken JSON, nesting deeper than
 *            128, invalid UTF-8 and lone surrogates. Inputs over 2 MiB are TOO_LARGE (over 10 MiB
 *            for capture_ai, 64 MiB for complete and set_flag_definitions).
 * Ownership. An input is only read, and only during the call. `*reply` is set in every case: to
 *            NUL-terminated JSON that is the caller's until posthog_free, or to NULL where memory
 *            is short. `reply` may be NULL for a caller who needs the status alone. No other
 *            memory changes hands.
 * Clients.   A client is a number, never a pointer, and never used again for another client. 0, a
 *            number that was never given out, and a client that was shut down are safe to pass
 *            anywhere: they answer UNKNOWN_CLIENT or CLOSED.
 * Threads.   Any function may be called from any thread and any stack, fibers and coroutines
 *            included, on one client by many threads at once. There is no call back into the
 *            program.
 * Waiting.   Only operations marked "May wait" block, and those at most for their `timeout_ms`.
 *            All others return at once: capture locks, appends and returns.
 * Fork.      Go's threads do not survive fork(). In a child of the process that loaded the library
 *            every operation answers FORKED at once and touches nothing; posthog_free and the
 *            functions about versions and names keep working. Load a private copy of the library
 *            in the child, or load it only after forking. fork and exec is no concern. The events
 *            queued before the fork stay the parent's, which delivers them.
 * Errors.    0 is success, positive means not yet, negative is a failure with the reply
 *            {"error":{"code":"INVALID_ARGUMENT","message":"..."}}. The code is the status's name;
 *            the message is for people and quotes neither input nor keys. There is no errno. A
 *            flag that cannot be decided is a reply with a reason, not an error.
 * Delivery.  OK from capture means accepted, not delivered. Every accepted event ends as delivered
 *            or as dropped for a counted reason: see posthog_stats and posthog_drain.
 * Signals.   Loading the library starts the Go runtime. It replaces the handlers of SIGSEGV,
 *            SIGBUS, SIGFPE, SIGPIPE and SIGURG (chaining to the program's for faults outside of
 *            Go) and adds SA_ONSTACK to the flags of handlers installed before. Handlers installed
 *            later need SA_ONSTACK too. Nothing else about signals changes.
 * Process.   The library prints nothing, and reads no environment variable for its own purposes:
 *            proxy, certificates and limits are options of posthog_open. (Go itself honours some,
 *            such as GODEBUG, GOGC and SSL_CERT_FILE, as they were when the process started.) Of
 *            its threads at most two run Go code at a time. It cannot be unloaded: dlclose has no
 *            effect.
 * Stability. Statuses, functions and members are never renamed or renumbered; replies may gain
 *            members. POSTHOG_ABI_VERSION and with it the shared library's name (libposthog.so.1)
 *            change when a program built against an older header would break.
 */

#ifndef POSTHOG_H
#define POSTHOG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef POSTHOG_API
#if defined(__GNUC__)
#define POSTHOG_API __attribute__((visibility("default")))
#else
#define POSTHOG_API
#endif
#endif

/* What this header belongs to; posthog_version() and posthog_abi_version() tell what the program
 * runs with. */
#define POSTHOG_VERSION "0.1.0"
#define POSTHOG_ABI_VERSION 1

/* As a length: the input is NUL-terminated, measure it. */
#define POSTHOG_NTS ((size_t)-1)

/* Statuses. The numbers are frozen.
 *
 * Every operation may answer OK, INVALID_JSON, INVALID_ARGUMENT, TOO_LARGE, UNKNOWN_CLIENT, CLOSED,
 * FORKED, NO_MEMORY and PANIC. The others stand under "Also" at the functions that can return them.
 */
#define POSTHOG_OK 0                  /* done */
#define POSTHOG_PENDING 1             /* "io":"host" only: poll will hand out the outcome */
#define POSTHOG_WOULD_WAIT 2          /* nothing was done; repeat with a timeout */
#define POSTHOG_INVALID_JSON (-1)     /* the input is not JSON, or not UTF-8 */
#define POSTHOG_INVALID_ARGUMENT (-2) /* a member is missing or has the wrong type or value */
#define POSTHOG_TOO_LARGE (-3)        /* the input or the event exceeds its limit */
#define POSTHOG_UNKNOWN_CLIENT (-4)   /* no such client was ever opened */
#define POSTHOG_CLOSED (-5)           /* the client was shut down */
#define POSTHOG_FORKED (-6)           /* called in a child of fork() */
#define POSTHOG_QUEUE_FULL (-7)       /* the event was dropped, and counted */
#define POSTHOG_TIMEOUT (-8)          /* timeout_ms passed first */
#define POSTHOG_UNSUPPORTED (-9)      /* reserved: nothing answers it */
#define POSTHOG_NO_SECRET_KEY (-10)   /* needs the open option secret_key */
#define POSTHOG_WRONG_MODE (-11)      /* not an operation of a client opened like this one */
#define POSTHOG_REMOTE_FAILED (-12)   /* the service could not be reached or refused */
#define POSTHOG_BUSY (-13)            /* reserved: nothing answers it */
#define POSTHOG_NO_MEMORY (-14)       /* done, but its reply found no memory: *reply is NULL */
#define POSTHOG_PANIC (-15)           /* a defect of the library, contained; please report it */

/* ---- About the library: plain C, never wait, work in a forked child -------------------------- */

/* Frees a reply. NULL is fine. From any thread; once for every reply. */
POSTHOG_API void posthog_free(char *reply);

/* The version of the loaded library, such as "0.1.0". Static; not to be freed. */
POSTHOG_API const char *posthog_version(void);

/* The ABI version of the loaded library; it must be POSTHOG_ABI_VERSION. */
POSTHOG_API uint32_t posthog_abi_version(void);

/* The name of a status without its prefix, such as "QUEUE_FULL"; "UNKNOWN" for any other number.
 * Static; not to be freed. */
POSTHOG_API const char *posthog_status_name(int32_t status);

/* ---- Open and shut down ---------------------------------------------------------------------- */

/* Opens a client. `*client` is its number, or 0 where opening failed. Does not wait: definitions of
 * flags are fetched in the background.
 *
 * Input, all optional but api_key (durations in ms, defaults behind the names):
 *
 *   api_key                 the project key. Without one the client is disabled: every call is
 *                           safe and does nothing
 *   host                    "https://us.i.posthog.com"; a path prefix is kept, and the addresses
 *                           app, us and eu.posthog.com become their ingestion hosts
 *   secret_key              for flag definitions and remote config; alias personal_api_key
 *   mode                    "live"; "memory" keeps events for posthog_captured, "off" discards
 *                           them; both open no socket
 *   disabled                false; true for good, unlike posthog_set_enabled
 *   before_send             false; true when the program looks at every event before it is queued:
 *                           see posthog_build
 *
 *   flush_at                20 queued events make a batch due
 *   flush_interval_ms       10000 after its first event a batch is due; 0 = at once
 *   linger_ms               100 such a batch waits for more, unless it is full; 0 with flush_at 1
 *                           and with io "host"
 *   max_batch_size          100 events in one request, at least flush_at
 *   max_queue_size          100000 events; overflow drops the newest
 *   max_queue_bytes         67108864
 *   max_retries             3, with exponential backoff and Retry-After
 *   request_timeout_ms      10000
 *   shutdown_timeout_ms     30000
 *   capture_mode            "v0", or "v1": the protocol for analytics events
 *   compression             "gzip" or "none"; with v1 also "deflate", "br", "zstd"
 *   historical_migration    false
 *   headers                 {} extra request headers; they replace the library's own
 *
 *   super_properties        {} put on every event; an event's own properties win
 *   disable_geoip           true
 *   is_server               true
 *   lib, lib_version        "libposthog" and its version: $lib, $lib_version and the User-Agent
 *
 *   enable_local_evaluation true; needs secret_key or definitions "push"
 *   definitions             "poll", or "push" through posthog_set_flag_definitions
 *   feature_flags_polling_interval_ms  30000
 *   feature_flags_request_timeout_ms   3000
 *   feature_flags_request_max_retries  1
 *   only_evaluate_locally   false; true never makes a flag request
 *   remote_budget_per_minute  the most flag requests in a minute; no bound
 *   send_feature_flag_events  true
 *   max_cache_size          50000 remembered $feature_flag_called events
 *   evaluation_contexts     [] and evaluation_runtime "server": which flags apply here
 *
 *   proxy                   URL, http, https or socks5; no proxy is taken from the environment
 *   no_proxy                what goes direct: names with their subdomains, addresses and ranges,
 *                           or everything: "example.com:8443,localhost,10.0.0.0/8", "*"
 *   ca_file                 PEM file of certificates to trust besides the system's
 *   memory_limit_mb         soft limit of the Go heap, which all clients of a process share: the
 *                           largest asked for counts
 *
 *   io                      "driver", or "host": see posthog_poll; then also
 *   entropy                 64 hex digits of randomness, required
 *   now_ms                  the time
 *   encodings               ["identity"]; what the host can apply: gzip, deflate, br, zstd
 *   compress                false; true makes poll hand out bodies that are encoded already, but
 *                           for those over 256 KiB in one of the encodings
 *
 * Reply: {"client":n}. client NULL is INVALID_ARGUMENT. */
POSTHOG_API int32_t posthog_open(const char *json, size_t len, uint32_t *client, char **reply);

/* Delivers what is queued, stops everything and retires the client. At the deadline requests are
 * cancelled, and what is left is counted as dropped for the reason "shutdown". A second call does
 * no harm. Afterwards everything but stats, drain, poll and shutdown answers CLOSED, and those too
 * once 64 more clients have been shut down.
 *
 * Input: {"timeout_ms": shutdown_timeout_ms}; 0 sends nothing.
 * Reply: {"delivered":n,"dropped":n,"pending":0} of the events it covered.
 * May wait. */
POSTHOG_API int32_t posthog_shutdown(uint32_t client, const char *json, size_t len, char **reply);

/* ---- Events -------------------------------------------------------------------------------------
 *
 * These queue one event and do not wait.
 *
 * Input, members that all take: "distinct_id", "properties"?: {...}, "groups"?: {type: key},
 * "timestamp"?: RFC 3339, now; "uuid"?: a new one; "disable_geoip"?: as the option. A distinct_id
 * of white space only is none, as the service has it.
 * Reply: {"uuid":"..."}, the event's id; null where the client is disabled or opted out.
 * Also: QUEUE_FULL; TOO_LARGE for an event over 900 KiB (8 MiB for capture_ai).
 *
 * "immediate":true sends the event now, in a request of its own, and may wait: "timeout_ms"?:
 * shutdown_timeout_ms. The reply gains "result": "ok", "warning", "drop", "limited" or "failed".
 * Also: TIMEOUT; the event stays queued. */

/* One event. Without a distinct_id it is personless.
 * Input: {"event":"name", "flags"?: {key: value}, "send_feature_flags"?: false}. flags become the
 * properties $feature/<key>; properties may hold $set and $set_once. send_feature_flags puts on the
 * flags that can be decided locally, where "flags" is absent: true, or {"person_properties"?,
 * "group_properties"?, "flag_keys_filter"?: ["key"]}. */
POSTHOG_API int32_t posthog_capture(uint32_t client, const char *json, size_t len, char **reply);

/* Person properties, $identify.
 * Input: {"distinct_id", "properties"? or "set"?: {...}, "set_once"?: {...}}. */
POSTHOG_API int32_t posthog_identify(uint32_t client, const char *json, size_t len, char **reply);

/* Makes alias another id of a person.
 * Input: {"distinct_id", "alias"}. */
POSTHOG_API int32_t posthog_alias(uint32_t client, const char *json, size_t len, char **reply);

/* Group properties, $groupidentify.
 * Input: {"group_type", "group_key", "properties"?, "distinct_id"?: $<group_type>_<group_key>}. */
POSTHOG_API int32_t posthog_group_identify(uint32_t client, const char *json, size_t len,
                                           char **reply);

/* Person properties without identifying.
 * Input: {"distinct_id", "set"?: {...}, "set_once"?: {...}, "unset"?: ["name"]}, one at least. */
POSTHOG_API int32_t posthog_set(uint32_t client, const char *json, size_t len, char **reply);

/* An $exception, the outermost first; frames from the entry point to the crash.
 * Input: {"exceptions":[{"type","value","module"?,"mechanism"?,"frames"?:[{...}]}], "level"?:
 * "error", "source"?, "flags"?: as capture}. The first 50 exceptions and the last 64 frames of each
 * are kept. */
POSTHOG_API int32_t posthog_capture_exception(uint32_t client, const char *json, size_t len,
                                              char **reply);

/* As capture, for AI events, which have a lane and an endpoint of their own. */
POSTHOG_API int32_t posthog_capture_ai(uint32_t client, const char *json, size_t len, char **reply);

/* The first half of an event operation, for a program that wants to see or change the event before
 * it is queued; posthog_enqueue is the second. 1000 events may be in between.
 * Input: {"op":"capture" or identify, alias, group_identify, set, capture_exception, capture_ai,
 * flag_called, ...that operation's members}.
 * Reply: {"event":{...},"lane":"analytics|ai","token":n}; the event is as it will be sent. That of
 * flag_called is null where the same was recorded before. */
POSTHOG_API int32_t posthog_build(uint32_t client, const char *json, size_t len, char **reply);

/* The second half: queues the event as it came back. null counts it as dropped for the reason
 * "before_send", and so does one that is unusable.
 * Input: {"token":n,"event":{...} or null}. Reply and statuses: as the other events. */
POSTHOG_API int32_t posthog_enqueue(uint32_t client, const char *json, size_t len, char **reply);

/* Adds super properties: put on every later event, whose own properties win. Does not wait.
 * Input: {"properties":{...}}. Reply: {}. */
POSTHOG_API int32_t posthog_register(uint32_t client, const char *json, size_t len, char **reply);

/* Removes super properties. Does not wait.
 * Input: {"keys":["name"]}. Reply: {}. */
POSTHOG_API int32_t posthog_unregister(uint32_t client, const char *json, size_t len, char **reply);

/* ---- Feature flags --------------------------------------------------------------------------- */

/* One flag for one user: decided locally where the definitions allow, else by one request. Records
 * $feature_flag_called once for each user, flag and value.
 *
 * Input: {"key", "distinct_id", "groups"?: {type: key}, "person_properties"?: {...},
 * "group_properties"?: {type: {...}}, "device_id"?, "only_evaluate_locally"?: as the option,
 * "send_feature_flag_events"?: as the option, "match_value"?, "timeout_ms"?: what its request and
 * the retries may take}. match_value asks for the payload of that value, not of the evaluated one.
 *
 * Reply, a flag record: {"key","value","payload","reason","id","version","has_experiment",
 * "locally_evaluated","source","request","errors"}. value is true, false, a variant's name, or null
 * where the flag cannot be decided. request says why a request was made or not: "not_needed",
 * "made", "local_only", "budget", "negative_cache", "no_definitions", "timeout" or "failed". With
 * the option before_send the event is not queued but comes as "exposure": {...}, as build replies.
 *
 * May wait. With "timeout_ms":0 it never does: it decides, or answers WOULD_WAIT and did nothing.
 * Also: WOULD_WAIT. */
POSTHOG_API int32_t posthog_get_flag(uint32_t client, const char *json, size_t len, char **reply);

/* The value of one flag by plain arguments: get_flag with "timeout_ms":0 for a program that asks
 * often and wants the value alone. The common case, a flag decided locally whose value was recorded
 * before, allocates no memory. The exposure is recorded as get_flag records it, through the same
 * memory of what was.
 *
 * key and distinct_id are UTF-8 text, not JSON, of key_len and distinct_id_len bytes; NULL reads as
 * the empty text, which answers INVALID_ARGUMENT. json holds the other members of get_flag's input
 * as an object, or is NULL; key, distinct_id, match_value and timeout_ms in it change nothing. The
 * three together take 2 MiB.
 *
 * OK: value holds the NUL-terminated JSON text true, false, null or "variant" (with its quotes, and
 * escapes where the name needs some). Any other status: value is the empty text. capacity is the
 * room at value with the NUL; no more is written. value NULL is INVALID_ARGUMENT.
 *
 * Does not wait. Also: WOULD_WAIT, and nothing was done, wherever this way cannot give the whole
 * answer: get_flag would have to wait, the option before_send is set and the exposure is new, or
 * the value does not fit. Then call posthog_get_flag. */
POSTHOG_API int32_t posthog_flag_value(uint32_t client, const char *key, size_t key_len,
                                       const char *distinct_id, size_t distinct_id_len,
                                       const char *json, size_t len, char *value, size_t capacity);

/* All flags for one user, by at most one request. Records nothing: see posthog_flag_called.
 *
 * Input: as get_flag without key and match_value, and "flag_keys"?: ["key"] to evaluate only those,
 * "fields"?: any of "value", "payload", "reason", "meta". Only ["value"] makes a record the bare
 * value.
 * Reply: {"flags":{key: record},"request_id","evaluated_at","definitions_loaded_at","minimal",
 * "errors":[...]}. Without a distinct_id it is empty.
 * May wait, as get_flag. Also: WOULD_WAIT. */
POSTHOG_API int32_t posthog_evaluate_flags(uint32_t client, const char *json, size_t len,
                                           char **reply);

/* Records $feature_flag_called for one record of an evaluate_flags reply, once for each user, flag
 * and value. Does not wait.
 * Input: {"distinct_id", "groups"?, "device_id"?, ...the record's members, ...the reply's
 * "request_id", "evaluated_at", "definitions_loaded_at" and "minimal"}.
 * Reply: {}; with the option before_send "exposure" as in get_flag. */
POSTHOG_API int32_t posthog_flag_called(uint32_t client, const char *json, size_t len,
                                        char **reply);

/* The payload of a remote config flag.
 * Input: {"key", "timeout_ms"?: feature_flags_request_timeout_ms}. Reply: {"payload": any}.
 * May wait; with "timeout_ms":0 it answers WOULD_WAIT.
 * Also: WOULD_WAIT, TIMEOUT, REMOTE_FAILED, NO_SECRET_KEY; WRONG_MODE for a client that makes no
 * requests. */
POSTHOG_API int32_t posthog_get_remote_config(uint32_t client, const char *json, size_t len,
                                              char **reply);

/* Fetches the flag definitions now. May wait.
 * Input: {"timeout_ms"?: 10000}. Reply: {"flags":n}.
 * Also: TIMEOUT, REMOTE_FAILED, NO_SECRET_KEY; WRONG_MODE for a client that makes no requests. */
POSTHOG_API int32_t posthog_load_flags(uint32_t client, const char *json, size_t len, char **reply);

/* Waits until there are flag definitions, without asking for them. May wait.
 * Input: {"timeout_ms"?: 30000}. Reply: {"flags":n}.
 * Also: TIMEOUT; NO_SECRET_KEY or WRONG_MODE where none will come. */
POSTHOG_API int32_t posthog_wait_ready(uint32_t client, const char *json, size_t len, char **reply);

/* Replaces the flag definitions. Does not wait.
 * Input: what the service's definitions endpoint answers with: {"flags":[...],
 * "group_type_mapping":{...},"cohorts":{...}}. Reply: {"flags":n}. */
POSTHOG_API int32_t posthog_set_flag_definitions(uint32_t client, const char *json, size_t len,
                                                 char **reply);

/* The flag definitions in use, for set_flag_definitions of another client. Does not wait.
 * Input: {}. Reply: the document; {} where there is none. */
POSTHOG_API int32_t posthog_get_flag_definitions(uint32_t client, const char *json, size_t len,
                                                 char **reply);

/* Fixes values and payloads of flags, for tests: they win over every other answer. null ends that.
 * Does not wait.
 * Input: {"flags":{key: value} or null, "payloads"?: {key: any}}. Reply: {}. */
POSTHOG_API int32_t posthog_override_flags(uint32_t client, const char *json, size_t len,
                                           char **reply);

/* ---- Delivery and what became of it ---------------------------------------------------------- */

/* Sends what is queued and returns when every event captured before is delivered or dropped. May
 * wait.
 * Input: {"timeout_ms"?: shutdown_timeout_ms}.
 * Reply: {"delivered":n,"dropped":n,"pending":n} of those events; what is pending stays queued. */
POSTHOG_API int32_t posthog_flush(uint32_t client, const char *json, size_t len, char **reply);

/* The ledger. accepted = delivered + queued + in_flight + spooled + the sum of dropped, always.
 * Does not wait. Answers for a client that was shut down, too.
 * Input: {}. Reply: {"accepted","invalid","delivered","queued","in_flight","spooled",
 * "dropped":{reason: n},"queue_bytes","definitions":{"loaded_at_ms","age_ms","flags","source"}}.
 * Reasons: queue_full, too_large, before_send, opted_out, disabled, closed, retries_exhausted,
 * rejected_<http status>, result_drop, result_limited, quota, shutdown. */
POSTHOG_API int32_t posthog_stats(uint32_t client, const char *json, size_t len, char **reply);

/* The records since the last drain: this is the library's log, its error callback and its change
 * notification. The ring holds 1024; overflow discards the oldest and counts them as missed.
 * Answers for a client that was shut down, too.
 * Input: {"timeout_ms"?: 0}. Reply: {"records":[{"kind":"log|drop|error|definitions|notice",
 * "at_ms","level","code","message","reason","count","uuids":[...]}],"missed":n}.
 * May wait for the first record. */
POSTHOG_API int32_t posthog_drain(uint32_t client, const char *json, size_t len, char **reply);

/* Opts out of capturing and in again. Events of an opted-out client answer {"uuid":null} and count
 * as dropped for the reason "opted_out". Does not wait.
 * Input: {"enabled":bool}. Reply: {}. */
POSTHOG_API int32_t posthog_set_enabled(uint32_t client, const char *json, size_t len,
                                        char **reply);

/* What a client opened with "mode":"memory" captured. Does not wait.
 * Input: {"clear"?: bool}. Reply: {"events":[{...}]}.
 * Also: WRONG_MODE. */
POSTHOG_API int32_t posthog_captured(uint32_t client, const char *json, size_t len, char **reply);

/* ---- Host-driven clients: "io":"host" -----------------------------------------------------------
 *
 * Such a client has no thread and opens no socket: its caller performs the requests. Nothing waits:
 * what would wait answers PENDING and {"ticket":n}. The input of every operation may carry now_ms,
 * the time in ms since 1970; absent, time stays where it was, and it never runs backwards. It costs
 * least in front, as {"now_ms":n,"...", and counts there whatever follows. Both functions answer
 * WRONG_MODE for a client with a driver of its own. */

/* What is next, exactly one of
 *   {"done":{"ticket":n,"status":0,"reply":{...}}}  the outcome of an operation that was PENDING
 *   {"request":{"id":n,"method":"POST","url":"...","headers":{...},"encoding":"identity",
 *     "timeout_ms":n,"body":{"at":n,"len":n}}}      perform it, then complete it
 *   {"wake_ms":n or null}                           nothing until then
 * A body lies `at` bytes after the start of the reply, in the same allocation; encoding says what
 * the caller has to apply to it. Poll until it answers wake_ms, then again at that time and after
 * every other call. Does not wait.
 * Input: {}. Also: WRONG_MODE. */
POSTHOG_API int32_t posthog_poll(uint32_t client, const char *json, size_t len, char **reply);

/* What became of a request. A late or second answer is OK and ignored; the client gives up on an
 * unanswered request by itself at timeout_ms + 1000. Does not wait.
 * Input: {"id":n,"status":200,"headers":{...},"body":"text"}, header names in lower case, or
 * {"id":n,"error":"timeout|dns|connect|tls|reset|encoding|cancelled|other","message"?}. After
 * "encoding" the same request comes again without one.
 * Reply: {}. Also: WRONG_MODE. */
POSTHOG_API int32_t posthog_complete(uint32_t client, const char *json, size_t len, char **reply);

#ifdef __cplusplus
}
#endif

#endif
