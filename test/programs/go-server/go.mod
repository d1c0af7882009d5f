module unik/go-server

go 1.19
