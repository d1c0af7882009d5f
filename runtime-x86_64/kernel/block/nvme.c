/* NVM Express: queues, and a request's memory as lists of pages. */
#include "block/nvme.h"
#include "cpu/cpu.h"
#include "mm/mm.h"

void nvme_queue_reset(struct nvme_queue *q)
{
    memset(q->completions, 0, q->entries * sizeof *q->completions);
    q->tail = q->rung = q->head = 0;
    q->phase = 1;
}

void nvme_queue_push(struct nvme_queue *q, const struct nvme_command *command)
{
    q->commands[q->tail] = *command;
    q->tail = (uint16_t)(q->tail + 1 == q->entries ? 0 : q->tail + 1);
}

void nvme_queue_ring(struct nvme_queue *q)
{
    if (q->rung == q->tail)
        return;
    q->rung = q->tail;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    mmio_write32(q->command_doorbell, q->tail);
}

/* The phase turns with each round of the queue, so an entry of this round is new (4.6). */
bool nvme_queue_take(struct nvme_queue *q, struct nvme_completion *done)
{
    uint16_t status = READ_ONCE(q->completions[q->head].status);
    if ((status & 1) != q->phase)
        return false;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    done->id = READ_ONCE(q->completions[q->head].id);
    done->status = status >> 1;
    if (++q->head == q->entries) {
        q->head = 0;
        q->phase ^= 1;
    }
    return true;
}

int nvme_errno(uint16_t status)
{
    switch (status & STATUS_CODE) {
    case 0:
        return 0;
    case INVALID_NAMESPACE:
        return -ENODEV;
    case WRITE_PROTECTED:
        return -EROFS;
    case CAPACITY_EXCEEDED:
        return -ENOSPC;
    default:
        return -EIO;
    }
}

uint32_t nvme_fill_pages(const struct block_request *r, struct nvme_cursor *cursor, struct nvme_command *command,
                         uint64_t *list)
{
    paddr_t end = 0;
    uint32_t bytes = 0;
    unsigned pages = 0;
    while (cursor->part < r->part_count) {
        const struct block_part *p = &r->parts[cursor->part];
        paddr_t at = p->address + cursor->offset;
        uint32_t n = MIN(p->length - cursor->offset, (uint32_t)(PAGE_SIZE - (at & PAGE_MASK)));
        if (!pages) {
            command->prp1 = at;
            pages = 1;
        } else if (at != end || !(at & PAGE_MASK)) {
            if ((at | end) & PAGE_MASK || pages > NVME_LIST_ENTRIES)
                break;
            list[pages++ - 1] = at;
        }
        bytes += n;
        end = at + n;
        cursor->offset += n;
        if (cursor->offset == p->length) {
            cursor->part++;
            cursor->offset = 0;
        }
    }
    command->prp2 = pages == 2 ? list[0] : pages > 2 ? virt_to_phys(list) : 0;
    return bytes;
}
