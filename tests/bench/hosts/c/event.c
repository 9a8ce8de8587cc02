#include "event.h"

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
