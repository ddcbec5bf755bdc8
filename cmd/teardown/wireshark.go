package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pcap-teardown/teardown/lua"
)

func (a *app) wiresharkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "wireshark",
		Short: "Put the plugin and the profile into Wireshark's folders, or open a capture",
		Long: `Put the plugin and the profile "Teardown", which are part of this program, into the
user's own folders of Wireshark, and nothing else. What was there before and was not
written by teardown is never touched.`,
		Example: `  teardown wireshark install
  teardown wireshark open capture.pcapng
  teardown wireshark uninstall`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q; commands are listed by: %s --help", args[0], cmd.CommandPath())
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	cmd.AddCommand(a.wiresharkInstallCommand(), a.wiresharkUninstallCommand(), a.wiresharkPathCommand(), a.wiresharkOpenCommand())
	return cmd
}

const wiresharkStatusHelp = `  0    done
  1    failed; files that are in the way are not touched, and nothing is written then
  2    wrong command line`

func (a *app) wiresharkInstallCommand() *cobra.Command {
	force := false
	cmd := &cobra.Command{
		Use:   "install [flags]",
		Short: "Install or update the plugin and the profile",
		Long: `Install or update the plugin and the profile. Files that were changed since teardown
wrote them are replaced with --force only; files of somebody else never are. Where tshark
is installed, it is asked for the fields of the plugin at the end.`,
		Annotations: map[string]string{"status": wiresharkStatusHelp},
		Args:        noArguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.wiresharkInstall(cmd.Context(), force)
		},
	}
	addGroup(cmd, "Flags", func(f *pflag.FlagSet) {
		f.BoolVar(&force, "force", false, "replace files of teardown that were changed since")
	})
	return cmd
}

func (a *app) wiresharkUninstallCommand() *cobra.Command {
	force := false
	cmd := &cobra.Command{
		Use:   "uninstall [flags]",
		Short: "Remove what install has written",
		Long: `Remove what install has written, and the folders that are empty then. Files of the profile
that were changed since stay, and the plugin stays whole if one of its files was changed,
unless --force is given.`,
		Annotations: map[string]string{"status": wiresharkStatusHelp},
		Args:        noArguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.wiresharkUninstall(cmd.Context(), force)
		},
	}
	addGroup(cmd, "Flags", func(f *pflag.FlagSet) {
		f.BoolVar(&force, "force", false, "remove files of teardown that were changed since, too")
	})
	return cmd
}

func (a *app) wiresharkPathCommand() *cobra.Command {
	return &cobra.Command{
		Use:         "path",
		Short:       "Show where the plugin and the profile belong, and what is there",
		Annotations: map[string]string{"status": wiresharkStatusHelp},
		Args:        noArguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := packagesOf(cmd.Context(), findTshark())
			if err != nil {
				return err
			}
			for _, p := range all {
				if _, err := fmt.Fprintf(a.stdout, "%-8s %s: %s\n", p.what, p.dir, p.state()); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (a *app) wiresharkInstall(ctx context.Context, force bool) error {
	tshark := findTshark()
	all, err := packagesOf(ctx, tshark)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := p.check(force); err != nil {
			return err
		}
	}
	for _, p := range all {
		if err := p.write(); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(a.stdout, "%-8s %s: %s\n", p.what, p.dir, p.state()); err != nil {
			return err
		}
	}
	if tshark == "" {
		_, err := io.WriteString(a.stdout, "tshark was not found, so nothing was checked; in Wireshark, Help > About > Plugins lists teardown.lua\n")
		return err
	}
	found, err := fieldsOf(ctx, tshark)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s has the %d fields of the plugin\n", tshark, found)
	return err
}

func (a *app) wiresharkUninstall(ctx context.Context, force bool) error {
	all, err := packagesOf(ctx, findTshark())
	if err != nil {
		return err
	}
	for _, p := range all {
		kept, err := p.remove(force)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(a.stdout, "%-8s %s: %s\n", p.what, p.dir, p.state()); err != nil {
			return err
		}
		for _, name := range kept {
			stays := "and stays"
			if p.whole {
				stays = "and stays, with all of the " + p.what
			}
			a.stderr.message(fmt.Sprintf("teardown: %s was changed since it was written %s; --force removes it", name, stays))
		}
	}
	return nil
}

func (a *app) wiresharkOpenCommand() *cobra.Command {
	frame, filter := int64(0), ""
	cmd := &cobra.Command{
		Use:         "open [flags] CAPTURE",
		Short:       "Open a capture in Wireshark with the profile Teardown",
		Annotations: map[string]string{"status": wiresharkStatusHelp},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("open takes one capture, not %d", len(args))
			}
			if frame < 1 && cmd.Flags().Changed("frame") {
				return usagef("--frame must be more than 0; the first frame is 1")
			}
			return a.wiresharkOpen(cmd.Context(), args[0], frame, filter)
		},
	}
	addGroup(cmd, "Flags", func(f *pflag.FlagSet) {
		f.Int64Var(&frame, "frame", 0, "go to frame `N`")
		f.StringVar(&filter, "filter", "", "show what this display filter `EXPR` lets through")
	})
	return cmd
}

func (a *app) wiresharkOpen(ctx context.Context, capture string, frame int64, filter string) error {
	if _, err := os.Stat(capture); err != nil {
		return fmt.Errorf("%s: no such file; check the name", capture)
	}
	all, err := packagesOf(ctx, findTshark())
	if err != nil {
		return err
	}
	for _, p := range all {
		if m, err := p.marker(); err != nil {
			return err
		} else if m == nil {
			return fmt.Errorf("%s is not installed; run: teardown wireshark install", p.what)
		}
	}
	program := findProgram("wireshark", runtime.GOOS)
	if program == "" {
		return errors.New("wireshark was not found; install it, or put its folder into PATH")
	}
	args := []string{"-C", lua.ProfileName, "-r", capture}
	if frame > 0 {
		args = append(args, "-g", fmt.Sprint(frame))
	}
	if filter != "" {
		args = append(args, "-Y", filter)
	}
	run := exec.CommandContext(ctx, program, args...)
	run.Stdout, run.Stderr = a.stdout, a.stderr
	if err := run.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	return nil
}
