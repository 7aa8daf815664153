make prepare
make run
