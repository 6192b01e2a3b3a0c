"""Conversations, cases, queues, clocks: nothing stays unattended.

In: understood voices. Out: for each inbound voice exactly one disposition, or a place in a queue with a clock running;
for each conversation its messages over all channels. It never sends anything.
"""
