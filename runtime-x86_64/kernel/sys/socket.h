/* Between sys/socket.c and sys/socket-message.c. */
#pragma once
#include "net/socket.h"
#include "sys/sys.h"

struct socket_file {
    struct file *file; /* with a reference: file_put */
    struct socket *socket;
};
int socket_of_fd(long fd, struct socket_file *out); /* -EBADF, -ENOTSOCK */
/* -EINVAL for a length that no address has, -EFAULT. What is not given is zero. */
int user_address_read(union sockaddr_any *a, uaddr_t from, long len);
/* Cuts the address to the room that *len_at tells, and puts its whole length there. */
int user_address_write(uaddr_t to, uaddr_t len_at, const union sockaddr_any *a, unsigned len);
