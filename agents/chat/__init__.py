"""The chat: a Gradio screen over one radiograph at a time, its conversation, and what is kept of it.

    cxr-lens chat

`store` keeps cases, `questions` and `answers` talk without an LLM, `cases` holds what is on the bench, `view` says what
the screen shows, `page` is the screen (Gradio), `server` puts it on a port. Nothing here is imported before it is used.
"""
