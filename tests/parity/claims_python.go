package main

var pythonClaims = []claim{}
