"""The screens of letters: the registers, one letter, what is done to those received and to those sent, papers, definitions."""

from unionops.letters.views import area, definitions, incoming, letter, outgoing, papers, registers, sending

__all__ = ["area", "definitions", "incoming", "letter", "outgoing", "papers", "registers", "sending"]
