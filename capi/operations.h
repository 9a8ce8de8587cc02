/* Every operation but open, in the order of the Go side's table: an operation's place here is the
 * number the shim calls it by. A Go test compares the two. */

#ifndef PHGO_OPERATIONS_H
#define PHGO_OPERATIONS_H

#define PHGO_OPERATIONS(X)      \
    X(capture)                  \
    X(identify)                 \
    X(alias)                    \
    X(group_identify)           \
    X(set)                      \
    X(capture_exception)        \
    X(capture_ai)               \
    X(build)                    \
    X(enqueue)                  \
    X(register)                 \
    X(unregister)               \
    X(evaluate_flags)           \
    X(get_flag)                 \
    X(get_remote_config)        \
    X(flag_called)              \
    X(load_flags)               \
    X(wait_ready)               \
    X(set_flag_definitions)     \
    X(get_flag_definitions)     \
    X(override_flags)           \
    X(captured)                 \
    X(flush)                    \
    X(stats)                    \
    X(drain)                    \
    X(set_enabled)              \
    X(shutdown)                 \
    X(poll)                     \
    X(complete)

#endif
