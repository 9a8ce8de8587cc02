package core

// Status is what every operation answers: 0 for success, positive for "not yet", negative for a failure.
// The numbers are frozen; include/posthog.h and wasm/ABI.md list the same ones.
type Status int32

// The statuses.
const (
	OK              Status = 0
	Pending         Status = 1
	WouldWait       Status = 2
	InvalidJSON     Status = -1
	InvalidArgument Status = -2
	TooLarge        Status = -3
	UnknownClient   Status = -4
	Closed          Status = -5
	Forked          Status = -6
	QueueFull       Status = -7
	Timeout         Status = -8
	Unsupported     Status = -9
	NoSecretKey     Status = -10
	WrongMode       Status = -11
	RemoteFailed    Status = -12
	Busy            Status = -13
	NoMemory        Status = -14
	Panic           Status = -15
)

var statusNames = map[Status]string{
	OK:              "OK",
	Pending:         "PENDING",
	WouldWait:       "WOULD_WAIT",
	InvalidJSON:     "INVALID_JSON",
	InvalidArgument: "INVALID_ARGUMENT",
	TooLarge:        "TOO_LARGE",
	UnknownClient:   "UNKNOWN_CLIENT",
	Closed:          "CLOSED",
	Forked:          "FORKED",
	QueueFull:       "QUEUE_FULL",
	Timeout:         "TIMEOUT",
	Unsupported:     "UNSUPPORTED",
	NoSecretKey:     "NO_SECRET_KEY",
	WrongMode:       "WRONG_MODE",
	RemoteFailed:    "REMOTE_FAILED",
	Busy:            "BUSY",
	NoMemory:        "NO_MEMORY",
	Panic:           "PANIC",
}

// String returns the status's name as it stands in error replies, or UNKNOWN for a number that is no status.
func (s Status) String() string {
	if name, ok := statusNames[s]; ok {
		return name
	}
	return "UNKNOWN"
}

// Error is a failed operation. Its message is for people, says what was expected, and never holds input bytes.
type Error struct {
	Status  Status
	Message string
}

func (e *Error) Error() string {
	return e.Status.String() + ": " + e.Message
}
