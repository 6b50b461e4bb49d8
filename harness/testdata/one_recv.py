import socket

server = socket.socket()
server.bind(("127.0.0.1", 35555))
server.listen()
while True:
    conn, address = server.accept()
    data = conn.recv(1024)
    conn.sendall(data)
    conn.close()
