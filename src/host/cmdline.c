// SPDX-License-Identifier: GPL-2.0-only
#include "host/cmdline.h"

#include <stdbool.h>
#include <string.h>

/* Part of the arguments; not terminated. */
struct span {
	const char *p;
	size_t len;
};

enum kind {
	UUID,
	NAME,	 /* "name" or "guest=name", in a list with commas */
	SOCKET,	 /* path of a socket, often named after the VM */
	MONITOR, /* path of libvirt's event monitor */
};

/* Options without dashes, and the key of the value in a list; NULL: the first element. */
static const struct {
	const char *option, *key;
	enum kind kind;
} sources[] = {
	{ "name", NULL, NAME },	    /* QEMU, kvmtool */
	{ "name", "guest=", NAME }, /* QEMU */
	{ "uuid", NULL, UUID },	    /* QEMU */
	/* cloud-hypervisor, which has UUIDs but no names */
	{ "platform", "uuid=", UUID },
	{ "platform", "system_uuid=", UUID }, /* newer versions */
	{ "api-socket", NULL, SOCKET },
	{ "api-socket", "path=", SOCKET },
	{ "event-monitor", "path=", MONITOR }, /* libvirt passes the socket as fd=N */
};

static bool ends_with(struct span s, const char *end)
{
	size_t len = strlen(end);

	return s.len > len && !memcmp(s.p + s.len - len, end, len);
}

static bool is(struct span s, const char *word)
{
	return s.len == strlen(word) && !memcmp(s.p, word, s.len);
}

/* The next element of a list. Two commas stand for one within an element (QEMU). */
static struct span next_element(struct span *list)
{
	struct span element = { list->p, 0 };
	size_t used;

	for (; element.len < list->len; element.len++) {
		if (list->p[element.len] != ',')
			continue;
		if (element.len + 1 == list->len || list->p[element.len + 1] != ',')
			break;
		element.len++;
	}
	used = element.len + (element.len < list->len);
	list->p += used;
	list->len -= used;
	return element;
}

/* The value of the key. Without a key, the first element, unless it has a key itself. */
static struct span list_value(struct span list, const char *key)
{
	struct span element = next_element(&list);

	if (!key && !memchr(element.p, '=', element.len))
		return element;
	for (; key && element.len; element = next_element(&list))
		if (element.len > strlen(key) && !memcmp(element.p, key, strlen(key)))
			return (struct span){ element.p + strlen(key), element.len - strlen(key) };
	return (struct span){ element.p, 0 };
}

static struct span base_name(struct span path)
{
	const char *slash = memrchr(path.p, '/', path.len);

	if (!slash)
		return path;
	return (struct span){ slash + 1, path.len - (size_t)(slash + 1 - path.p) };
}

/* libvirt uses NAME-socket, Kata Containers ID/clh-api.sock, others mostly NAME.sock. */
static struct span socket_name(struct span path)
{
	struct span base = base_name(path);
	const char *dot = memrchr(base.p, '.', base.len);

	if (is(base, "clh-api.sock") && base.p > path.p)
		return base_name((struct span){ path.p, (size_t)(base.p - 1 - path.p) });
	if (ends_with(base, "-socket"))
		base.len -= strlen("-socket");
	else if (dot && dot > base.p)
		base.len = (size_t)(dot - base.p);
	return base;
}

static struct span monitor_name(struct span path)
{
	struct span base = base_name(path);

	if (!ends_with(base, "-event-monitor-fifo"))
		return (struct span){ path.p, 0 };
	base.len -= strlen("-event-monitor-fifo");
	return base;
}

/* Leaves *out unchanged if the value is empty. */
static void copy(char *out, size_t size, struct span value)
{
	size_t n = 0;

	for (size_t i = 0; i < value.len && n + 1 < size; i++) {
		out[n++] = value.p[i];
		if (value.p[i] == ',')
			i++; /* the second of two */
	}
	if (n)
		out[n] = '\0';
}

static void take_option(struct span option, struct span arg, char *name, size_t name_size,
			char *uuid, size_t uuid_size)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct span value;

		if (!is(option, sources[i].option))
			continue;
		value = list_value(arg, sources[i].key);
		switch (sources[i].kind) {
		case UUID:
			copy(uuid, uuid_size, value);
			break;
		case NAME:
			copy(name, name_size, value);
			break;
		case SOCKET:
			if (!name[0])
				copy(name, name_size, socket_name(value));
			break;
		case MONITOR:
			copy(name, name_size, monitor_name(value));
			break;
		}
	}
}

/* The next argument in *buf, which has *n bytes left. */
static struct span next_arg(const char **buf, size_t *n)
{
	struct span arg = { *buf, strnlen(*buf, *n) };
	size_t used = arg.len < *n ? arg.len + 1 : arg.len;

	*buf += used;
	*n -= used;
	return arg;
}

/* Splits "--option=value". False if the value is the next argument. */
static bool split_option(struct span *option, struct span *value)
{
	const char *equals;
	int dashes = 0;

	while (dashes < 2 && option->len && *option->p == '-') {
		option->p++;
		option->len--;
		dashes++;
	}
	equals = memchr(option->p, '=', option->len);
	if (!dashes)
		option->len = 0;
	if (dashes < 2 || !equals)
		return false;
	*value = (struct span){ equals + 1, option->len - (size_t)(equals + 1 - option->p) };
	option->len = (size_t)(equals - option->p);
	return true;
}

void cmdline__vm_identity(const char *buf, size_t n, char *name, size_t name_size, char *uuid,
			  size_t uuid_size)
{
	struct span option, value;

	name[0] = uuid[0] = '\0';
	while (n) {
		option = next_arg(&buf, &n);
		if (!split_option(&option, &value)) {
			const char *p = buf;
			size_t left = n;

			value = next_arg(&p, &left);
		}
		take_option(option, value, name, name_size, uuid, uuid_size);
	}
}
