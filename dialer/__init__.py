"""Campaigns: whom to call, when, how many at once.

Does not talk to Asterisk itself (pbx_bridge does) nor to the database (crm_store does).
"""
