-- What somebody has watched is found by the right that it was watched with.
ALTER TABLE `viewer_session` ADD KEY `viewer_session_viewer_idx` (`viewer`);
