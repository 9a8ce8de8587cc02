/* What is captured and who is asked about. */
#ifndef EVENT_H
#define EVENT_H

#include <stddef.h>

enum { EVENT_ROOM = 512, USERS = 100, EVENT_USERS = 1000 };

#define PERSON "\"person_properties\":{\"plan\":\"pro\",\"country\":\"DE\",\"age\":30,\"email\":\"a@x.com\"}"
#define LOCAL PERSON ",\"only_evaluate_locally\":true"

/* Writes an event of ten properties, about 390 bytes, and returns its length. */
size_t event_write(char text[EVENT_ROOM], long number);

#endif
