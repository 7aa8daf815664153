#!/bin/sh
echo "grüße aus Zürich"
