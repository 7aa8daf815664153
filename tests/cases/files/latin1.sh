#!/bin/sh
echo grüße
