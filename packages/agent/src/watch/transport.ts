/** One attempt at a connection. After `onClosed` nothing more is called. */
export type Socket = {
  send(text: string): void;
  close(): void;
};

export type SocketEvents = {
  onOpen(): void;
  onText(text: string): void;
  onClosed(reason: string): void;
};

/** Opens a WebSocket to a controller. Never throws: what fails is told to `onClosed`. */
export type Dial = (url: string, events: SocketEvents) => Socket;
