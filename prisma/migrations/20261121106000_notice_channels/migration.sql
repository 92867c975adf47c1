-- Each channel has a worker of its own, which reads what is due for it.
ALTER TABLE `notice_delivery`
  DROP KEY `notice_delivery_state_nextAt_idx`,
  ADD KEY `notice_delivery_channel_state_nextAt_idx` (`channel`, `state`, `nextAt`);
