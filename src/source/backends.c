// SPDX-License-Identifier: GPL-2.0-only
#include "source/backends.h"

#include <errno.h>
#include <string.h>

#include "model/vocab.h"

const struct backend *backends__find(const struct backend *const *all, enum s2_backend id)
{
	for (; *all; all++)
		if ((*all)->id == id)
			return *all;
	return NULL;
}

static int bad_name(struct error *err, const char *name, size_t len)
{
	error__remedy(err, 0, "omit --backend, or run 's2trace check' to list the backends");
	return error__set(err, -EINVAL, "there is no backend '%.*s' to trace with", (int)len, name);
}

static int open_named(const struct backend *const *all, const char *names, const struct btf *btf,
		      backend_open_fn open, void *ctx, struct error *err)
{
	const struct backend *b;
	unsigned int opened = 0;
	int id, ret = 0;
	size_t len;

	for (; !ret; names += len + 1) {
		len = strcspn(names, ",");
		id = vocab__id(&vocab_backend, names, len);
		b = id < 0 ? NULL : backends__find(all, id);
		if (!b)
			return bad_name(err, names, len);
		if (!S2_HAS(opened, id))
			ret = b->probe(btf, err);
		if (!ret && !S2_HAS(opened, id))
			ret = open(ctx, b, err);
		opened |= S2_BIT(id);
		if (!names[len])
			break;
	}
	return ret;
}

/* Without the privilege to load one, there is no point in trying the next. */
static int open_best(const struct backend *const *all, const struct btf *btf, backend_open_fn open,
		     void *ctx, struct error *err)
{
	const struct backend *failed = NULL;
	struct error why = {};
	int ret = -EOPNOTSUPP;

	for (; *all; all++) {
		int probed = (*all)->probe(btf, &why);

		if (!probed && failed)
			pr_warn("backend %s failed: %s; trying %s",
				vocab__name(&vocab_backend, failed->id), err->what,
				vocab__name(&vocab_backend, (*all)->id));
		if (probed && failed)
			continue;
		ret = probed ? probed : open(ctx, *all, &why);
		if (!ret)
			return 0;
		*err = why;
		if (ret == -EPERM)
			return ret;
		if (!probed)
			failed = *all;
	}
	return ret;
}

int backends__open(const struct backend *const *all, const char *names, const struct btf *btf,
		   backend_open_fn open, void *ctx, struct error *err)
{
	return names ? open_named(all, names, btf, open, ctx, err)
		     : open_best(all, btf, open, ctx, err);
}
