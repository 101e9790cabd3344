// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adds the identity of a VM, read from its process as soon as the VM becomes known; the
 * process may be gone at the VM's next event. Drops events of VMs that an s2trace creates to
 * query capabilities.
 */
#include "stage/stage_priv.h"

#include <stdio.h>
#include <string.h>

#include <s2trace/ownvm.h>

#include "host/host.h"

struct who {
	struct vm_note note;
	bool known;   /* its identity was reported */
	bool ignored; /* it belongs to an s2trace */
};

struct identify {
	struct vm_notes vms;
};

static int identify_init(void *state)
{
	struct identify *id = state;

	id->vms.size = sizeof(struct who);
	return 0;
}

static void identify_fini(void *state)
{
	struct identify *id = state;

	vm_notes__free(&id->vms);
}

static bool is_s2trace(const char *name)
{
	return !strcmp(name, S2_PROBE_COMM) || !strcmp(name, "s2trace");
}

/* If the process is gone, the name of the thread that created the VM is left. */
static void ask_process(const struct s2_event *ev, struct s2_ev_identity *id)
{
	const struct s2_ev_vm *vm = (const void *)ev;

	id->tgid = event__vm_pid(ev);
	if (id->tgid)
		host__vm_identity(id->tgid, id->name, sizeof(id->name), id->uuid, sizeof(id->uuid));
	if (!id->name[0] && ev->type == S2_EV_VM)
		snprintf(id->name, sizeof(id->name), "%.*s", (int)sizeof(vm->comm), vm->comm);
}

static bool made_by_s2trace(const struct s2_event *ev)
{
	const struct s2_ev_vm *vm = (const void *)ev;

	return ev->type == S2_EV_VM && vm->event == S2_VM_CREATED &&
	       !strncmp(vm->comm, S2_PROBE_COMM, sizeof(vm->comm));
}

static void introduce(struct stage *st, struct who *who, const struct s2_event *ev)
{
	struct s2_ev_identity id = {};

	event__init(&id, S2_EV_IDENTITY, sizeof(id), ev->source, ev->vm, ev->ts_ns);
	ask_process(ev, &id);
	who->ignored = made_by_s2trace(ev) || is_s2trace(id.name);
	who->known = id.name[0];
	if (who->known && !who->ignored)
		stage__pass(st, &id.h);
}

/* The identity precedes the VM's first event. */
static void identify_take(struct stage *st, struct s2_event *ev)
{
	struct identify *id = st->state;
	const struct s2_ev_vm *vm = (const void *)ev;
	bool retired = ev->type == S2_EV_VM && vm->event == S2_VM_RETIRED;
	struct who *who = ev->vm && !retired ? vm_notes__get(&id->vms, ev->vm)
					     : vm_notes__find(&id->vms, ev->vm);

	if (who && !who->known && !retired)
		introduce(st, who, ev);
	if (!who || !who->ignored)
		stage__pass(st, ev);
	if (retired)
		vm_notes__drop(&id->vms, ev->vm);
}

const struct stage_ops stage_identify = {
	.name = "identify",
	.state_size = sizeof(struct identify),
	.init = identify_init,
	.fini = identify_fini,
	.take = identify_take,
};
