#!/bin/sh -e
make prepare
make run
