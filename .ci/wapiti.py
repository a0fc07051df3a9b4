"""Runs wapiti with exclusions that work on Python 3.11 and later.

wapiti 3.0.4 puts the flags of a regular expression at its end, which Python
refuses since 3.11, so that -x ends the scan at once.
"""
import fnmatch
import re
import sys
from importlib.metadata import distribution

from wapitiCore.net import crawler

crawler.wildcard_translate = lambda pattern: re.compile(fnmatch.translate(pattern))
main = next(e for e in distribution("wapiti3").entry_points if e.name == "wapiti")
sys.argv[0] = "wapiti"
sys.exit(main.load()())
