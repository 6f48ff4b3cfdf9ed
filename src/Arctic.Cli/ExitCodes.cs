namespace Arctic.Cli;

/// <summary>The exit statuses of the command, as help lists them.</summary>
internal static class ExitCodes
{
    public const int Success = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Interrupted = 130;
    public const int Terminated = 143;

    public const string Help =
        """
        Exit status:
          0    everything asked for was done
          1    a statement or a job failed; the error is on stderr
          2    the command line is not understood
          130  stopped by SIGINT (Ctrl-C), after a final checkpoint
          143  stopped by SIGTERM, after a final checkpoint
        """;
}
