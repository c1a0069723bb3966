/**
 * Descriptor constants with their Linux (x86_64) values: `O_*`, `F_*`, `EPOLL*`, `SPLICE_F_*`.
 *
 * @module
 */

// open

/** `O_RDONLY`, of “open”. */
export const O_RDONLY = 0;
/** `O_WRONLY`, of “open”. */
export const O_WRONLY = 1;
/** `O_RDWR`, of “open”. */
export const O_RDWR = 2;
/** `O_ACCMODE`, of “open”. */
export const O_ACCMODE = 3;
/** `O_CREAT`, of “open”. */
export const O_CREAT = 0x40;
/** `O_EXCL`, of “open”. */
export const O_EXCL = 0x80;
/** `O_TRUNC`, of “open”. */
export const O_TRUNC = 0x200;
/** `O_APPEND`, of “open”. */
export const O_APPEND = 0x400;
/** `O_NONBLOCK`, of “open”. */
export const O_NONBLOCK = 0x800;
/** `O_CLOEXEC`, of “open”. */
export const O_CLOEXEC = 0x80000;
/** `O_LARGEFILE`, of “open”. */
export const O_LARGEFILE = 0x8000;
/** `O_DIRECT`, of “open”. */
export const O_DIRECT = 0x4000;
/** `O_NOATIME`, of “open”. */
export const O_NOATIME = 0x40000;
/** `O_ASYNC`, of “open”. */
export const O_ASYNC = 0x2000;

// fcntl

/** `F_DUPFD`, of “fcntl”. */
export const F_DUPFD = 0;
/** `F_GETFD`, of “fcntl”. */
export const F_GETFD = 1;
/** `F_SETFD`, of “fcntl”. */
export const F_SETFD = 2;
/** `F_GETFL`, of “fcntl”. */
export const F_GETFL = 3;
/** `F_SETFL`, of “fcntl”. */
export const F_SETFL = 4;
/** `F_GETLK`, of “fcntl”. */
export const F_GETLK = 5;
/** `F_SETLK`, of “fcntl”. */
export const F_SETLK = 6;
/** `F_SETLKW`, of “fcntl”. */
export const F_SETLKW = 7;
/** `F_SETOWN`, of “fcntl”. */
export const F_SETOWN = 8;
/** `F_GETOWN`, of “fcntl”. */
export const F_GETOWN = 9;
/** `F_SETSIG`, of “fcntl”. */
export const F_SETSIG = 10;
/** `F_GETSIG`, of “fcntl”. */
export const F_GETSIG = 11;
/** `F_DUPFD_CLOEXEC`, of “fcntl”. */
export const F_DUPFD_CLOEXEC = 1030;
/** `F_SETPIPE_SZ`, of “fcntl”. */
export const F_SETPIPE_SZ = 1031;
/** `F_GETPIPE_SZ`, of “fcntl”. */
export const F_GETPIPE_SZ = 1032;
/** `FD_CLOEXEC`, of “fcntl”. */
export const FD_CLOEXEC = 1;

// epoll

/** `EPOLL_CTL_ADD`, of “epoll”. */
export const EPOLL_CTL_ADD = 1;
/** `EPOLL_CTL_DEL`, of “epoll”. */
export const EPOLL_CTL_DEL = 2;
/** `EPOLL_CTL_MOD`, of “epoll”. */
export const EPOLL_CTL_MOD = 3;
/** `EPOLLIN`, of “epoll”. */
export const EPOLLIN = 1;
/** `EPOLLPRI`, of “epoll”. */
export const EPOLLPRI = 2;
/** `EPOLLOUT`, of “epoll”. */
export const EPOLLOUT = 4;
/** `EPOLLERR`, of “epoll”. */
export const EPOLLERR = 8;
/** `EPOLLHUP`, of “epoll”. */
export const EPOLLHUP = 0x10;
/** `EPOLLRDNORM`, of “epoll”. */
export const EPOLLRDNORM = 0x40;
/** `EPOLLRDBAND`, of “epoll”. */
export const EPOLLRDBAND = 0x80;
/** `EPOLLWRNORM`, of “epoll”. */
export const EPOLLWRNORM = 0x100;
/** `EPOLLWRBAND`, of “epoll”. */
export const EPOLLWRBAND = 0x200;
/** `EPOLLMSG`, of “epoll”. */
export const EPOLLMSG = 0x400;
/** `EPOLLRDHUP`, of “epoll”. */
export const EPOLLRDHUP = 0x2000;
/** `EPOLLEXCLUSIVE`, of “epoll”. */
export const EPOLLEXCLUSIVE = 0x10000000;
/** `EPOLLWAKEUP`, of “epoll”. */
export const EPOLLWAKEUP = 0x20000000;
/** `EPOLLONESHOT`, of “epoll”. */
export const EPOLLONESHOT = 0x40000000;
/** `EPOLLET`, of “epoll”. */
export const EPOLLET = 0x80000000;
/** `EPOLL_CLOEXEC`, of “epoll”. */
export const EPOLL_CLOEXEC = 0x80000;

// splice

/** `SPLICE_F_MOVE`, of “splice”. */
export const SPLICE_F_MOVE = 1;
/** `SPLICE_F_NONBLOCK`, of “splice”. */
export const SPLICE_F_NONBLOCK = 2;
/** `SPLICE_F_MORE`, of “splice”. */
export const SPLICE_F_MORE = 4;
/** `SPLICE_F_GIFT`, of “splice”. */
export const SPLICE_F_GIFT = 8;
