/* libFuzzer over the HTTP server: each input is what one client sends, cut where it has a byte 0xff. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>
#include "../modules/serve/serve.h"
#include "../program.h"

__asm__(".section .rodata\n"
        ".global fuzz_bytecode, fuzz_bytecode_end\n"
        "fuzz_bytecode: .incbin \"" FUZZ_BYTECODE "\"\n"
        "fuzz_bytecode_end:\n"
        ".previous\n");
extern const uint8_t fuzz_bytecode[], fuzz_bytecode_end[];

/* The linker of the project fills this in; here it is done at start, before anybody looks. */
struct unik_program program_storage __asm__("unik_program");

static struct sockaddr_in server = {.sin_family = AF_INET};

static void choose_port(void)
{
    char text[16];
    socklen_t size = sizeof server;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&server, size) || getsockname(fd, (struct sockaddr *)&server, &size))
        abort();
    close(fd);
    snprintf(text, sizeof text, "%d", ntohs(server.sin_port));
    setenv("PORT", text, 1);
    setenv("HOST", "127.0.0.1", 1);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    program_storage = (struct unik_program){
        .name = "fuzz",
        .bytecode = fuzz_bytecode,
        .bytecode_size = fuzz_bytecode_end - fuzz_bytecode,
    };
    choose_port();
    /* What the handler throws is logged: not here. */
    if (!freopen("/dev/null", "w", stdout))
        abort();
    engine_start(*argc, *argv);
    return 0;
}

static void turn(void)
{
    uv_run(loop_get(), UV_RUN_NOWAIT);
}

static void discard(int fd)
{
    char buffer[65536];
    while (recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
        ;
}

static void send_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return;
        if (sent > 0) {
            data += sent;
            size -= sent;
        }
        turn();
        discard(fd);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = data + size;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct linger no_wait = {.l_onoff = 1};
    if (connect(fd, (struct sockaddr *)&server, sizeof server))
        abort();
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &no_wait, sizeof no_wait);
    turn();
    while (data < end) {
        const uint8_t *cut = memchr(data, 0xff, end - data);
        cut = cut ? cut : end;
        send_all(fd, data, cut - data);
        turn();
        data = cut < end ? cut + 1 : end;
    }
    shutdown(fd, SHUT_WR);
    for (int i = 0; i < 4; i++) {
        turn();
        discard(fd);
    }
    close(fd);
    for (int i = 0; i < 100 && connection_count > 0; i++)
        turn();
    return 0;
}
