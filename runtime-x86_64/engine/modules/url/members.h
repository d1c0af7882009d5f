/* What the class URL shows of a URL, and the list of parameters that URLSearchParams shows of its query. */
#ifndef UNIK_URL_MEMBERS_H
#define UNIK_URL_MEMBERS_H

#include "url.h"

enum url_member {
    URL_PROTOCOL,
    URL_USERNAME,
    URL_PASSWORD,
    URL_HOST,
    URL_HOSTNAME,
    URL_PORT,
    URL_PATHNAME,
    URL_SEARCH,
    URL_HASH,
};

/* setters.c */
void url_set_member(struct url *url, enum url_member member, const char *value, size_t size);

/* search-params.c */
struct search_params;
int search_params_init(JSContext *ctx, JSValueConst global);
/* A URLSearchParams of the URL object's query. */
JSValue search_params_of_url(JSContext *ctx, JSValueConst url_object);
/* The query was set otherwise: reads it anew. */
void search_params_update(JSValueConst params, struct slice query);
/* application/x-www-form-urlencoded (5.2) of a URLSearchParams object; false when it is none. */
bool search_params_serialize(JSValueConst params, struct text *text);

/* module.c: the query of a URL object is now this. */
void url_object_forget_params(JSValueConst url_object);
void url_object_set_query(JSContext *ctx, JSValueConst url_object, const struct text *query);
struct url *url_from_value(JSValueConst value);

#endif
