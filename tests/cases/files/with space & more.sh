#!/bin/sh
echo "a file with an awkward name"
