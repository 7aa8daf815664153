#!/bin/sh
echo ready > /etc/motd
