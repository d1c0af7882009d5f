/* System V message queues, semaphores and shared memory in one process (sysvipc(7)). */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))
#define KEY 0x756e696b

struct text {
    long type;
    char text[16];
};

static void check_keys(void)
{
    FAILS(msgget(KEY, 0600), ENOENT);
    int id = msgget(KEY, IPC_CREAT | 0600);
    CHECK(id >= 0 && msgget(KEY, 0600) == id && msgget(KEY, IPC_CREAT | 0600) == id);
    FAILS(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    CHECK(msgctl(id, IPC_RMID, NULL) == 0);
    FAILS(msgctl(id, IPC_RMID, NULL), EINVAL);
    int a = msgget(IPC_PRIVATE, 0600), b = msgget(IPC_PRIVATE, 0600);
    CHECK(a >= 0 && b >= 0 && a != b && a != id && msgctl(a, IPC_RMID, NULL) == 0 && msgctl(b, IPC_RMID, NULL) == 0);
}

static void check_messages(void)
{
    int id = msgget(IPC_PRIVATE, 0600);
    struct msqid_ds d;
    struct text m = {3, "three"}, got;
    CHECK(msgsnd(id, &m, 6, 0) == 0);
    m = (struct text){1, "one"};
    CHECK(msgsnd(id, &m, 4, 0) == 0);
    m = (struct text){2, "two"};
    CHECK(msgsnd(id, &m, 4, 0) == 0);
    CHECK(msgctl(id, IPC_STAT, &d) == 0 && d.msg_qnum == 3 && d.__msg_cbytes == 14 && d.msg_qbytes == 16384);
    CHECK(msgctl(id, MSG_STAT, &d) == id && msgctl(id & 0x7fff, 13, &d) == id && d.msg_qnum == 3); /* MSG_STAT_ANY */
    FAILS(msgctl(0x7fff, MSG_STAT, &d), EINVAL);
    CHECK(d.msg_lspid == getpid() && (d.msg_perm.mode & 0777) == 0600 && d.msg_stime > 0 && d.msg_rtime == 0);
    FAILS(msgrcv(id, &got, 2, 0, 0), E2BIG);
    FAILS(msgrcv(id, &got, 16, 9, IPC_NOWAIT), ENOMSG);
    CHECK(msgrcv(id, &got, 16, 1, 0) == 4 && got.type == 1 && !strcmp(got.text, "one"));
    CHECK(msgrcv(id, &got, 16, -2, 0) == 4 && got.type == 2);
    CHECK(msgrcv(id, &got, 2, 5, MSG_EXCEPT | MSG_NOERROR) == 2 && got.type == 3 && !memcmp(got.text, "th", 2));
    m.type = 0;
    FAILS(msgsnd(id, &m, 1, 0), EINVAL);
    m.type = 1;
    FAILS(msgsnd(id, &m, 8193, 0), EINVAL);
    FAILS(msgsnd(id, (void *)-1, 1, 0), EFAULT);
    d.msg_qbytes = 20;
    CHECK(msgctl(id, IPC_SET, &d) == 0 && msgsnd(id, &m, 16, IPC_NOWAIT) == 0);
    FAILS(msgsnd(id, &m, 16, IPC_NOWAIT), EAGAIN);
    CHECK(msgctl(id, IPC_RMID, NULL) == 0);
}

static void *receive(void *arg)
{
    struct text got;
    long n = msgrcv(*(int *)arg, &got, 16, 7, 0);
    return n < 0 ? (void *)(long)errno : NULL;
}

static void check_waiting(void)
{
    struct text m = {7, "seven"};
    void *result;
    pthread_t t;
    int id = msgget(IPC_PRIVATE, 0600);
    CHECK(pthread_create(&t, NULL, receive, &id) == 0 && usleep(20000) == 0 && msgsnd(id, &m, 6, 0) == 0);
    CHECK(pthread_join(t, &result) == 0 && result == NULL);
    CHECK(pthread_create(&t, NULL, receive, &id) == 0 && usleep(20000) == 0 && msgctl(id, IPC_RMID, NULL) == 0);
    CHECK(pthread_join(t, &result) == 0 && (long)result == EIDRM);
}

static void *raise_second(void *arg)
{
    struct sembuf up = {1, 3, 0};
    usleep(20000);
    return (void *)(long)semop(*(int *)arg, &up, 1);
}

static void check_semaphores(void)
{
    unsigned short all[3] = {1, 0, 5};
    struct semid_ds d;
    struct sembuf down = {1, -2, 0}, both[2] = {{2, -5, 0}, {0, -2, IPC_NOWAIT}}, far = {3, 1, 0}, high = {0, 32767, 0};
    const struct timespec soon = {0, 10000000};
    int id = semget(IPC_PRIVATE, 3, 0600);
    pthread_t t;
    void *result;
    CHECK(id >= 0 && semctl(id, 0, SETALL, all) == 0 && semctl(id, 2, GETVAL) == 5);
    FAILS(semop(id, both, 2), EAGAIN);
    CHECK(semctl(id, 2, GETVAL) == 5); /* all or nothing */
    FAILS(semtimedop(id, &down, 1, &soon), EAGAIN);
    CHECK(pthread_create(&t, NULL, raise_second, &id) == 0 && semop(id, &down, 1) == 0 && semctl(id, 1, GETVAL) == 1);
    CHECK(pthread_join(t, &result) == 0 && result == NULL && semctl(id, 1, GETPID) == getpid());
    FAILS(semop(id, &far, 1), EFBIG);
    FAILS(semop(id, &high, 1), ERANGE);
    FAILS(semctl(id, 0, SETVAL, 32768), ERANGE);
    FAILS(semctl(id, 3, GETVAL), EINVAL);
    CHECK(semctl(id, 0, SETVAL, 9) == 0 && semctl(id, 0, GETALL, all) == 0 && all[0] == 9 && all[1] == 1 &&
          all[2] == 5);
    CHECK(semctl(id, 0, IPC_STAT, &d) == 0 && d.sem_nsems == 3 && d.sem_otime > 0);
    CHECK(semctl(id, 0, GETNCNT) == 0 && semctl(id, 0, IPC_RMID) == 0);
    FAILS(semget(IPC_PRIVATE, 0, 0600), EINVAL);
}

static void check_memory(void)
{
    struct shmid_ds d;
    int id = shmget(IPC_PRIVATE, 5000, 0600);
    char *a = shmat(id, NULL, 0), *b = shmat(id, NULL, SHM_RDONLY);
    CHECK(a != (char *)-1 && b != (char *)-1 && a != b && a[0] == 0);
    strcpy(a + 4090, "shared");
    CHECK(!strcmp(b + 4090, "shared") && shmctl(id, IPC_STAT, &d) == 0 && d.shm_nattch == 2 && d.shm_segsz == 5000);
    FAILS((long)shmat(id, a + 1, 0), EINVAL);
    FAILS((long)shmat(id, a, 0), EINVAL);
    CHECK(shmat(id, a + 1, SHM_RND | SHM_REMAP) == a);
    FAILS(shmdt(a + 4096), EINVAL);
    CHECK(shmdt(b) == 0 && shmctl(id, IPC_STAT, &d) == 0 && d.shm_nattch == 1);
    CHECK(shmctl(id, IPC_RMID, NULL) == 0 && shmctl(id, IPC_STAT, &d) == 0 && d.shm_perm.mode & SHM_DEST);
    CHECK(!strcmp(a + 4090, "shared") && shmdt(a) == 0);
    FAILS(shmctl(id, IPC_STAT, &d), EINVAL);
    FAILS(shmdt(a), EINVAL);
    FAILS(shmget(IPC_PRIVATE, 0, 0600), EINVAL);
    id = shmget(KEY, 100, IPC_CREAT | 0600);
    FAILS(shmget(KEY, 200, 0600), EINVAL);
    CHECK(shmget(KEY, 50, 0600) == id && shmctl(id, IPC_RMID, NULL) == 0);
    FAILS(shmget(KEY, 50, 0600), ENOENT);
}

static void check_users(void)
{
    int id = msgget(IPC_PRIVATE, 0600), set = semget(IPC_PRIVATE, 1, 0644), segment = shmget(IPC_PRIVATE, 1, 0644);
    struct text m = {1, "one"};
    CHECK(setresuid(-1, 65534, 0) == 0);
    FAILS(msgsnd(id, &m, 1, 0), EACCES);
    FAILS(msgctl(id, IPC_RMID, NULL), EPERM);
    CHECK(semctl(set, 0, GETVAL) == 0);
    FAILS(semctl(set, 0, SETVAL, 1), EACCES);
    FAILS((long)shmat(segment, NULL, 0), EACCES);
    CHECK(shmat(segment, NULL, SHM_RDONLY) != (void *)-1 && setresuid(-1, 0, -1) == 0);
    CHECK(msgctl(id, IPC_RMID, NULL) == 0 && semctl(set, 0, IPC_RMID) == 0 && shmctl(segment, IPC_RMID, NULL) == 0);
}

int main(void)
{
    check_keys();
    check_messages();
    check_waiting();
    check_semaphores();
    check_memory();
    if (geteuid() == 0)
        check_users();
    printf("OK\n");
}
