/* What is captured and who is asked about. */
#ifndef EVENT_H
#define EVENT_H

#include <stddef.h>
#include <stdint.h>

enum { EVENT_ROOM = 512, USERS = 100, EVENT_USERS = 1000 };

#define PERSON "\"person_properties\":{\"plan\":\"pro\",\"country\":\"DE\",\"age\":30,\"email\":\"a@x.com\"}"
#define LOCAL PERSON ",\"only_evaluate_locally\":true"

/* Writes an event of ten properties, about 390 bytes, and returns its length. */
size_t event_write(char text[EVENT_ROOM], long number);

/* Captures one as a program does that wants no reply, and returns how many ns it took. */
int64_t event_capture(uint32_t client, long number);

#endif
