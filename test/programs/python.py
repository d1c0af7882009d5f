"""Threads, asyncio over loopback, mapped files, signals, timers, epoll, SQLite; what needs a second process fails as it should."""
import asyncio, concurrent.futures, hashlib, json, mmap, os, queue, select, signal, socket, sqlite3, struct, sys, tempfile, threading, time, zlib

print(sys.version_info[:2], os.uname().sysname, os.path.realpath('.') != '', json.dumps({'a': [1, None]}))

with concurrent.futures.ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(lambda x: x * x, range(1000))))

async def echo(reader, writer):
    writer.write((await reader.readline())[::-1])
    await writer.drain()
    writer.close()

async def ask(port, i):
    reader, writer = await asyncio.open_connection('127.0.0.1', port)
    writer.write(b'%d\n' % i)
    answer = await reader.read()
    writer.close()
    return answer

async def network():
    server = await asyncio.start_server(echo, '127.0.0.1', 0)
    port = server.sockets[0].getsockname()[1]
    answers = await asyncio.gather(*[ask(port, i) for i in range(200)])
    server.close()
    return answers

answers = asyncio.run(network())
print(len(answers), answers[123])

with tempfile.TemporaryFile() as file:
    file.write(b'a' * 10000)
    file.flush()
    with mmap.mmap(file.fileno(), 10000) as view:
        view[5000] = ord('b')
        print(view.find(b'b'), len(view))
    file.seek(4999)
    print(file.read(3))

with tempfile.TemporaryDirectory() as folder:
    db = sqlite3.connect(os.path.join(folder, 'a.db'))
    db.execute('create table t (a)')
    db.executemany('insert into t values (?)', [(i,) for i in range(1000)])
    db.commit()
    print(db.execute('select sum(a) from t').fetchone(), sorted(os.listdir(folder)))
    db.close()

box = queue.Queue()
threading.Thread(target=lambda: box.put(threading.current_thread().name)).start()
print(box.get(timeout=10))

signal.signal(signal.SIGALRM, lambda number, frame: print('alarm', number))
signal.setitimer(signal.ITIMER_REAL, 0.05)
time.sleep(0.2)
signal.signal(signal.SIGUSR1, lambda number, frame: print('user', number))
os.kill(os.getpid(), signal.SIGUSR1)

poll = select.epoll()
reading, writing = os.pipe()
poll.register(reading, select.EPOLLIN)
os.write(writing, struct.pack('<I', 77))
print(poll.poll(10) == [(reading, select.EPOLLIN)], struct.unpack('<I', os.read(reading, 4)))

left, right = socket.socketpair()
left.sendall(b'x' * 1000)
print(len(right.recv(4096)))
print(hashlib.sha256(b'x').hexdigest()[:16], zlib.crc32(b'x'))
sys.exit(3)
