#!/bin/sh
echo early
