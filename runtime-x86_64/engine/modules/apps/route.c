#include <string.h>
#include "../../bytes.h"
#include "apps.h"

static bool is_host_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/* RFC 9110, 4.2: no user information, no empty host. Percent-encoding and what else a reg-name may hold is in no name
 * that anybody could have been given. */
int route_parse_authority(const char *text, size_t size, char host[HOST_SIZE_MAX])
{
    bool is_ipv6 = size > 0 && text[0] == '[';
    const char *close = is_ipv6 ? memchr(text, ']', size) : NULL;
    size_t end = is_ipv6 ? (close ? close + 1 - text : 0) : 0;
    while (!is_ipv6 && end < size && text[end] != ':')
        end++;
    for (size_t i = end + 1; i < size; i++)
        if (text[i] < '0' || text[i] > '9')
            return -1;
    if (end == 0 || end > HOST_SIZE_MAX || (end < size && text[end] != ':'))
        return -1;
    for (size_t i = 0; i < end; i++) {
        host[i] = ascii_lower(text[i]);
        bool is_of_ipv6 = is_ipv6 && (host[i] == '[' || host[i] == ']' || host[i] == ':');
        if (!is_host_character(host[i]) && !is_of_ipv6)
            return -1;
    }
    if (end > 1 && host[end - 1] == '.')
        end--;
    return end;
}

static bool host_matches(const struct unik_route *route, const char *host, size_t size)
{
    if (route->kind == HOST_EXACT)
        return size == route->size && memcmp(host, route->text, size) == 0;
    if (size < route->size + 2)
        return false;
    if (route->kind == HOST_UNDER)
        return host[route->size] == '.' && memcmp(host, route->text, route->size) == 0;
    const char *end = host + size - route->size;
    return end[-1] == '.' && memcmp(end, route->text, route->size) == 0;
}

int route_by_host(const char *host, size_t size)
{
    for (uint64_t i = 0; i < unik_apps.host_count; i++)
        if (host_matches(&unik_apps.hosts[i], host, size))
            return unik_apps.hosts[i].app;
    return -1;
}

int route_by_path(const char *path, size_t size, const struct unik_route **prefix)
{
    for (uint64_t i = 0; i < unik_apps.path_count; i++) {
        const struct unik_route *route = &unik_apps.paths[i];
        bool is_whole = route->size == 0 || size == route->size || (size > route->size && path[route->size] == '/');
        if (size < route->size || !is_whole || memcmp(path, route->text, route->size) != 0)
            continue;
        *prefix = route;
        return route->app;
    }
    return -1;
}

/* How many dots a segment is, "%2e" being one; 0 when it is anything else. */
static int count_dots(const char *segment, size_t size)
{
    int dots = 0;
    for (size_t i = 0; i < size; dots++) {
        if (segment[i] == '.')
            i++;
        else if (size - i >= 3 && memcmp(segment + i, "%2", 2) == 0 && ascii_lower(segment[i + 2]) == 'e')
            i += 3;
        else
            return 0;
    }
    return dots <= 2 ? dots : 0;
}

static size_t segment_size(const char *path, size_t size)
{
    size_t end = 0;
    while (end < size && path[end] != '/' && path[end] != '\\')
        end++;
    return end;
}

bool route_path_is_normal(const char *path, size_t size)
{
    if (memchr(path, '\\', size))
        return false;
    for (size_t at = 0; at < size;) {
        size_t part = segment_size(path + at, size - at);
        if (count_dots(path + at, part) > 0)
            return false;
        at += part + 1;
    }
    return true;
}

static void remove_last_segment(struct text *out)
{
    while (out->size > 0 && out->data[--out->size] != '/')
        ;
}

void route_normalize_path(const char *path, size_t size, struct text *out)
{
    for (size_t at = 0; at < size;) {
        const char *segment = path + at + 1;
        size_t part = segment_size(segment, size - at - 1);
        int dots = count_dots(segment, part);
        at += part + 1;
        if (dots == 2)
            remove_last_segment(out);
        if (dots == 0 || at >= size)
            text_append_char(out, '/');
        if (dots == 0)
            text_append(out, segment, part);
    }
}
