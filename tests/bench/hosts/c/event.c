#include "event.h"

#include "library.h"
#include "measure.h"

#include <stdio.h>

size_t event_write(char text[EVENT_ROOM], long number)
{
    return (size_t)snprintf(
        text, EVENT_ROOM,
        "{\"distinct_id\":\"user-%ld\",\"event\":\"order completed\",\"properties\":{\"amount\":%ld.99,"
        "\"currency\":\"EUR\",\"items\":3,\"plan\":\"pro\",\"country\":\"DE\",\"first\":true,\"coupon\":null,"
        "\"path\":\"/checkout/done\",\"referrer\":\"https://www.example.com/shop/shoes?page=3&sort=price\","
        "\"note\":\"hello world, this is an ordinary text of an ordinary length, and no more\"}}",
        number % EVENT_USERS, 129 + number);
}

int64_t event_capture(uint32_t client, long n)
{
    char event[EVENT_ROOM];
    size_t length = event_write(event, n);
    int64_t before = wall_ns();

    posthog.capture(client, event, length, NULL);
    return wall_ns() - before;
}
