"""One frozen class per function: its environment variables, shared by the stack that sets them and
the code that reads them.
"""
