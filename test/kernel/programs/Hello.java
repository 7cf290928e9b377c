import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a JVM is asked to do: compile this file, start a thread, and talk to it through a socket. */
public class Hello {
  public static void main(String[] args) throws Exception {
    boolean confined = Files.readString(Path.of("/proc/self/status")).contains("\nSeccomp:\t2\n");
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread thread = new Thread(() -> greet(server));
      thread.start();
      try (Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
        System.out.println(confined + " " + new String(client.getInputStream().readAllBytes()));
      }
      thread.join();
    }
  }

  private static void greet(ServerSocket server) {
    try (Socket peer = server.accept()) {
      peer.getOutputStream().write("hello".getBytes());
    } catch (IOException e) {
      e.printStackTrace();
    }
  }
}
