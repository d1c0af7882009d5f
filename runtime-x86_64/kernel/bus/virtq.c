/* Split virtqueues: Virtio 1.2, section 2.7. */
#include "bus/bus.h"
#include "bus/virtio.h"
#include "mm/mm.h"

struct virtq_desc { /* 2.7.5 */
    uint64_t addr;
    uint32_t len;
    uint16_t flags, next;
};
_Static_assert(sizeof(struct virtq_desc) == 16, "Virtio 1.2, 2.7.5");
#define DESC_F_NEXT 1
#define DESC_F_WRITE 2

struct virtq_avail { /* 2.7.6; used_event follows the ring */
    uint16_t flags, idx, ring[];
};
#define AVAIL_F_NO_INTERRUPT 1

struct virtq_used_elem {
    uint32_t id, len;
};
struct virtq_used { /* 2.7.8; avail_event follows the ring */
    uint16_t flags, idx;
    struct virtq_used_elem ring[];
};
_Static_assert(sizeof(struct virtq_used_elem) == 8 && offsetof(struct virtq_used, ring) == 4, "Virtio 1.2, 2.7.8");
#define USED_F_NO_NOTIFY 1

static size_t used_offset(const struct virtio *v, unsigned size)
{
    size_t align = v->own_rings ? PAGE_SIZE : VIRTQ_USED_ALIGN;
    return ALIGN_UP(size * sizeof(struct virtq_desc) + sizeof(struct virtq_avail) + 2 * (size + 1), align);
}

static unsigned ring_order(const struct virtio *v, unsigned size)
{
    size_t bytes = used_offset(v, size) + sizeof(struct virtq_used) + size * sizeof(struct virtq_used_elem) + 2;
    unsigned order = 0;
    while (PAGE_SIZE << order < bytes)
        order++;
    return order;
}

static volatile uint16_t *used_event(struct virtq *q)
{
    return &q->avail->ring[q->size];
}

static volatile uint16_t *avail_event(struct virtq *q)
{
    return (volatile uint16_t *)&q->used->ring[q->size];
}

struct virtq *virtq_create(struct virtio *v, unsigned index, unsigned size)
{
    struct virtq *q = kzalloc(sizeof *q + size * (sizeof *q->token + sizeof *q->in_bytes + sizeof *q->next));
    uint8_t *ring = page_alloc_zeroed(ring_order(v, size));
    if (!q || !ring) {
        kfree(q);
        if (ring)
            page_free(ring, ring_order(v, size));
        return NULL;
    }
    *q = (struct virtq){.device = v, .index = index, .size = size, .free_count = size};
    q->token = (void **)(q + 1);
    q->in_bytes = (uint32_t *)(q->token + size);
    q->next = (uint16_t *)(q->in_bytes + size);
    q->desc = (struct virtq_desc *)ring;
    q->avail = (struct virtq_avail *)(q->desc + size);
    q->used = (struct virtq_used *)(ring + used_offset(v, size));
    q->event_index = v->features & VIRTIO_F_EVENT_IDX;
    for (unsigned i = 0; i < size; i++)
        q->next[i] = (uint16_t)(i + 1);
    return q;
}

void virtq_restart(struct virtq *q)
{
    q->free_count = q->size;
    q->free_head = q->last_used = q->added = q->published = 0;
    memset(q->desc, 0, PAGE_SIZE << ring_order(q->device, q->size));
    for (unsigned i = 0; i < q->size; i++) {
        q->token[i] = NULL;
        q->next[i] = (uint16_t)(i + 1);
    }
}

void virtq_destroy(struct virtq *q)
{
    page_free(q->desc, ring_order(q->device, q->size));
    kfree(q);
}

uint64_t virtq_avail_address(const struct virtq *q)
{
    return virt_to_phys(q->avail);
}

uint64_t virtq_used_address(const struct virtq *q)
{
    return virt_to_phys(q->used);
}

int virtq_add(struct virtq *q, const struct virtq_buffer *bufs, unsigned out, unsigned in, void *token)
{
    unsigned count = out + in;
    if (q->broken)
        return -EIO;
    if (!count || count > q->free_count)
        return -ENOSPC;
    uint16_t head = q->free_head, d = head;
    uint32_t in_bytes = 0;
    for (unsigned i = 0; i < count; i++) {
        bool writable = i >= out;
        in_bytes += writable ? bufs[i].len : 0;
        q->desc[d] = (struct virtq_desc){
            .addr = bufs[i].addr,
            .len = bufs[i].len,
            .flags = (uint16_t)((writable ? DESC_F_WRITE : 0) | (i + 1 < count ? DESC_F_NEXT : 0)),
            .next = i + 1 < count ? q->next[d] : 0,
        };
        q->free_head = q->next[d];
        if (i + 1 < count)
            d = q->next[d];
    }
    q->next[d] = UINT16_MAX;
    q->free_count -= count;
    q->token[head] = token;
    q->in_bytes[head] = in_bytes;
    q->avail->ring[q->added++ & (q->size - 1)] = head;
    return 0;
}

void virtq_publish(struct virtq *q)
{
    uint16_t before = q->published;
    if (q->broken || before == q->added)
        return;
    /* 2.7.13: the chains before the index, the index before the device's wish is read. */
    __atomic_store_n(&q->avail->idx, q->added, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    q->published = q->added;
    bool wanted;
    if (q->event_index) /* 2.7.10.1: the event lies between the old index and the new one */
        wanted = (uint16_t)(q->added - *avail_event(q) - 1) < (uint16_t)(q->added - before);
    else
        wanted = !(READ_ONCE(q->used->flags) & USED_F_NO_NOTIFY);
    if (wanted)
        q->device->transport->notify(q->device, q);
}

void virtq_nudge(struct virtq *q)
{
    virtq_publish(q);
    if (!q->broken && q->free_count < q->size)
        q->device->transport->notify(q->device, q);
}

static void free_chain(struct virtq *q, uint16_t head)
{
    uint16_t last = head;
    unsigned count = 1;
    for (; q->next[last] != UINT16_MAX; count++)
        last = q->next[last];
    q->next[last] = q->free_head;
    q->free_head = head;
    q->free_count += count;
}

static void *broken(struct virtq *q, const char *what, uint32_t value)
{
    q->broken = true;
    log_warn("virtio %s: queue %u is given up: the device returned %s %u", q->device->where, q->index, what, value);
    return NULL;
}

void *virtq_take(struct virtq *q, uint32_t *written)
{
    uint16_t idx = __atomic_load_n(&q->used->idx, __ATOMIC_ACQUIRE);
    if (q->broken || idx == q->last_used)
        return NULL;
    if ((uint16_t)(idx - q->last_used) > q->size)
        return broken(q, "too many buffers at once, index", idx);
    volatile struct virtq_used_elem *e = &q->used->ring[q->last_used & (q->size - 1)];
    uint32_t id = e->id, len = e->len;
    if (id >= q->size || !q->token[id])
        return broken(q, "a buffer that it does not have,", id);
    /* Legacy devices may report any length for a chain that they only read (2.7.8.2). */
    if (q->in_bytes[id] == 0 || q->counts_output)
        len = MIN(len, q->in_bytes[id]);
    if (len > q->in_bytes[id])
        return broken(q, "more bytes than fit:", len);
    void *token = q->token[id];
    q->token[id] = NULL;
    q->last_used++;
    free_chain(q, (uint16_t)id);
    if (written)
        *written = len;
    return token;
}

bool virtq_interrupts(struct virtq *q, bool on)
{
    if (q->event_index) /* an index that is behind us is reached only after 2^16 more buffers */
        *used_event(q) = on ? q->last_used : (uint16_t)(q->last_used - 1);
    else
        WRITE_ONCE(q->avail->flags, on ? 0 : AVAIL_F_NO_INTERRUPT);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return !on || q->broken || READ_ONCE(q->used->idx) == q->last_used;
}
