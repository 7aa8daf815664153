#!/bin/sh
echo "prêt" > /etc/motd
